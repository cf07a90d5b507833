import AnnotationModel
import AnnotationStore
import Interchange
import SyncProtocol

/// Who the names in an import stand for.
///
/// Known members are looked up once; what `--add-members` adds is added before the first article that needs it.
struct ImportPeople: Sendable {
    private var members: [ExactString: EntityID] = [:]
    private let options: ImportOptions

    init(members: [Member], options: ImportOptions) {
        for member in members { self.members[ExactString(member.name)] = member.id }
        self.options = options
    }

    /// The name of the user here that a name in the file stands for; nil without any name.
    func localName(_ name: String?) -> String? {
        guard let name else { return options.asUser }
        return options.authorMap.first { ExactString.equal($0.key, name) }?.value ?? name
    }

    func id(_ name: String?) -> EntityID? { localName(name).flatMap { members[ExactString($0)] } }

    mutating func add(_ name: String, _ id: EntityID) { members[ExactString(name)] = id }

    /// The local names that an article needs and that are no members yet.
    func missing(in record: ArticleRecord) -> [String] {
        var names: Set<ExactString> = []
        for name in record.people {
            guard let local = localName(name), members[ExactString(local)] == nil else { continue }
            names.insert(ExactString(local))
        }
        return names.sorted().map(\.text)
    }

    /// Why an article cannot be stored for want of an author; nil when all are known.
    func fault(in record: ArticleRecord) -> (code: Diagnostic.Code, message: String)? {
        for name in record.people where id(name) == nil {
            guard let name else {
                return ("author_missing", "its annotations name no author; say who made them with --as USER")
            }
            let local = localName(name) ?? name
            let mapped = ExactString.equal(local, name) ? "" : " (mapped from \(name))"
            return (
                "unknown_author",
                "\(local)\(mapped) is no member of this project; add them, or use --add-members or --map-authors"
            )
        }
        return nil
    }
}

extension ArticleRecord {
    /// The names of all who wrote something in it; nil for what names nobody.
    fileprivate var people: [String?] {
        annotations.flatMap { [$0.author] + $0.comments.map(\.author) } + relations.map(\.author)
            + reviews.map(\.reviewer)
    }
}
