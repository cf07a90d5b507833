package import AnnotationModel
import JSONText

/// A project to be made.
package struct ProjectDraft: Sendable, Hashable {
    package var name: String
    package var title: String
    package var language: String?
    package var layers: LayerMode
    package var visibility: Visibility
    package var access: Access

    package init(
        name: String, title: String = "", language: String? = nil, layers: LayerMode = .own,
        visibility: Visibility = .own, access: Access = .all
    ) {
        self.name = name
        self.title = title
        self.language = language
        self.layers = layers
        self.visibility = visibility
        self.access = access
    }

    package init(_ reader: RowReader) throws(RowError) {
        self.init(
            name: try reader.string("name"), title: try reader.optionalString("title") ?? "",
            language: try reader.optionalString("language"), layers: try reader.optionalCase("layers") ?? .own,
            visibility: try reader.optionalCase("visibility") ?? .own,
            access: try reader.optionalCase("access") ?? .all)
    }

    /// `[a-z0-9][a-z0-9._-]{0,63}`, and no UUID, which would name another project.
    package static func isValidName(_ name: String) -> Bool {
        guard (1...64).contains(name.utf8.count), EntityID(name) == nil, let first = name.utf8.first else {
            return false
        }
        return isWord(first) && name.utf8.allSatisfy { isWord($0) || separators.contains($0) }
    }

    private static let separators = Array("._-".utf8)

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

/// New settings of a project; nil leaves one as it is.
package struct ProjectPatch: Sendable, Hashable {
    package var title: String?
    /// `.some(nil)` takes the language away.
    package var language: String??
    package var layers: LayerMode?
    package var visibility: Visibility?
    package var access: Access?

    package init(
        title: String? = nil, language: String?? = nil, layers: LayerMode? = nil, visibility: Visibility? = nil,
        access: Access? = nil
    ) {
        self.title = title
        self.language = language
        self.layers = layers
        self.visibility = visibility
        self.access = access
    }

    /// A member that is null takes the value away where there may be none, and is ignored elsewhere.
    package init(_ reader: RowReader) throws(RowError) {
        guard !reader.object.contains("name") else { throw reader.fail("name", "cannot be changed") }
        self.init(
            title: try reader.optionalString("title"), layers: try reader.optionalCase("layers"),
            visibility: try reader.optionalCase("visibility"), access: try reader.optionalCase("access"))
        if reader.object.contains("language") { language = .some(try reader.optionalString("language")) }
    }

    func applied(to project: Project) -> Project {
        var project = project
        if let title { project.title = title }
        if let language { project.language = language }
        if let layers { project.layers = layers }
        if let visibility { project.visibility = visibility }
        if let access { project.access = access }
        return project
    }
}
