import AnnotationModel
import AnnotationServices
import AnnotationStore
import Digest
import Foundation
import Interchange
import JSONText
import Synchronization

/// Files for an import, and what it said of them.
struct ImportStage {
    let services: Services
    let folder: URL
    let admin = Principal.commandLine(osUser: "tester")

    init(services: Services) throws {
        self.services = services
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("manicule-import-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// A project without labels, and users without it.
    func project(_ name: String, members: [String] = [], labels: [Label] = []) async throws -> Project {
        let record = try await services.projects.create(ProjectDraft(name: name), labels: labels, by: admin)
        for member in members {
            if try await UserStore(services.database).find(name: member) == nil {
                _ = try await services.accounts.add(name: member, password: nil, isAdmin: false, by: admin)
            }
            _ = try await services.members.add(member, role: .annotator, project: name, by: admin)
        }
        return record.project
    }

    func file(_ name: String, _ content: String) throws -> ImportSource { try file(name, Array(content.utf8)) }

    func file(_ name: String, _ content: [UInt8]) throws -> ImportSource {
        let url = folder.appendingPathComponent(name)
        try Data(content).write(to: url)
        return try ImportSource(path: url.path)
    }

    func run(
        _ project: Project, _ sources: [ImportSource], _ options: ImportOptions = ImportOptions()
    ) async throws -> (summary: ImportSummary, diagnostics: [Diagnostic]) {
        let diagnostics = Mutex<[Diagnostic]>([])
        let summary = try await services.imports.run(
            ImportService.Run(
                by: .nobody, actor: "cli:tester", options: options,
                report: { diagnostic in diagnostics.withLock { $0.append(diagnostic) } }),
            project: project.id, sources: sources)
        return (summary, diagnostics.withLock { $0 })
    }

    func export(_ project: Project) async throws -> [UInt8] {
        let spool = try SpoolFile()
        _ = try await services.exports.export(project: project.id, into: spool)
        var bytes: [UInt8] = []
        try spool.read { bytes += $0 }
        return bytes
    }

    func head(_ project: Project) async throws -> Int64 {
        try await services.projects.rights(project.name, admin, .read).record.head
    }

    /// A line of canonical JSONL with one annotation by `author`, and whatever else is added.
    static func canonicalRow(
        _ externalID: String, text: String, author: String = "bob", label: String = "PER", seed: Int = 0,
        extra: String = ""
    ) -> String {
        let sha256 = SHA256.hash(text).hex
        let quote = String(String.UnicodeScalarView(text.unicodeScalars.prefix(3)))
        let id = String(format: "0199aaaa-0000-7000-8000-%012d", seed * 10)
        return """
            {"external_id":\(JSONValue.string(externalID).canonicalText),"metadata":{"n":\(seed)},\
            "versions":[{"sha256":"\(sha256)","text":\(JSONValue.string(text).canonicalText)}],\
            "annotations":[{"id":"\(id)","author":"\(author)","layer":"own","label":"\(label)","attributes":{},"state":"final",\
            "created_at":"2026-01-02T03:04:05Z","comments":[{"id":"\(id.dropLast())1","author":"\(author)","text":"why 👩🏽‍✈️","created_at":"2026-01-02T03:04:06Z"}],\
            "anchor":{"article_version":"\(sha256)","spans":[{"start":0,"end":3,"quote":\(JSONValue.string(quote).canonicalText)}]}}\(extra)],\
            "relations":[],"reviews":[]}

            """
    }

    static let header =
        #"{"manicule":1,"project":{"title":"T","language":"fr","layers":"own","visibility":"all","access":"all"},"labels":[{"key":"PER","name":"Personne","kind":"span","attributes":[{"key":"certain","type":"boolean"}],"retired":false},{"key":"said_by","name":"Dit par","kind":"relation","attributes":[],"retired":false}],"users":["bob","carol"]}"#
        + "\n"
}
