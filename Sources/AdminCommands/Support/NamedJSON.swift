import AnnotationModel
import AnnotationServices
import AnnotationStore
import JSONText

extension Instance {
    /// Names of all who are or were members of a project, by id: people read names where the wire has ids.
    func people(in project: EntityID) async throws -> [EntityID: String] {
        let rows = try await MemberStore(services.database).everybody(project: project)
        return Dictionary(rows.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    }
}

extension AnnotationServices.ArticleView {
    /// As over HTTP, with names for authors.
    func json(people: [EntityID: String]) -> JSONObject {
        var object = json
        guard let annotations else { return object }
        object["annotations"] = .array(
            annotations.map { view in
                var annotation = view.json
                annotation["author"] = .string(people[view.annotation.author] ?? view.annotation.author.text)
                annotation["comments"] = .array(
                    view.comments.map { comment in
                        var row = Row.comment(comment).json
                        row["author"] = .string(people[comment.author] ?? comment.author.text)
                        return .object(row)
                    })
                return .object(annotation)
            })
        return object
    }
}
