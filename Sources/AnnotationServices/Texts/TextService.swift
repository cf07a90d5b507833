package import AnnotationModel
import AnnotationStore
package import Digest
import JSONText
import SyncProtocol

/// Texts as what offsets are counted in.
package struct TextService: Sendable {
    private let store: TextStore

    init(database: Database) { store = TextStore(database) }

    /// What is needed to speak of offsets in the unit in these article versions; code points need nothing.
    package func conversion(
        _ access: ProjectAccess, _ unit: OffsetUnit, versions: Set<SHA256Digest>
    ) async throws -> OffsetConversion {
        guard unit != .codepoint else { return .none }
        try access.require(.read)
        let texts = try await store.texts(project: access.project.id, sight: access.sight, versions: versions)
        return OffsetConversion(unit: unit, texts: texts.mapValues { ArticleText($0) })
    }
}
