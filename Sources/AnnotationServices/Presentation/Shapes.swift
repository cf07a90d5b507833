package import AnnotationModel
package import AnnotationStore
package import JSONText

// The JSON that HTTP and the command line show alike.

extension User {
    package var json: JSONObject {
        [
            "id": .string(id.text), "name": .string(name), "admin": .bool(isAdmin), "disabled": .bool(isDisabled),
            "created_at": .string(createdAt.text),
        ]
    }
}

extension APIToken {
    /// The secret is in it only where it has just been made.
    package func json(secret: String? = nil) -> JSONObject {
        var object: JSONObject = [
            "id": .string(id.text), "name": .string(name), "scope": .string(scope.rawValue),
            "project": .text(project?.text), "created_at": .string(createdAt.text),
            "expires_at": .text(expiresAt?.text), "last_used_at": .text(lastUsedAt?.text),
            "revoked_at": .text(revokedAt?.text),
        ]
        if let secret { object["token"] = .string(secret) }
        return object
    }
}

extension IssuedToken {
    package var json: JSONObject { token.json(secret: text) }
}

extension IssuedSession {
    package var json: JSONObject { ["token": .string(text), "expires_at": .string(expiresAt.text)] }
}

extension RegisteredClient {
    package var json: JSONObject {
        var projects = JSONObject()
        for (project, last) in lastMutations.sorted(by: { $0.key < $1.key }) {
            projects[project.text] = ["last_mutation": .number(Double(last))]
        }
        return [
            "client_id": .string(id.text), "device": .string(device),
            "schema_version": .number(Double(schemaVersion)), "projects": .object(projects),
        ]
    }
}

extension ProjectRecord {
    package var json: JSONObject {
        [
            "id": .string(project.id.text), "name": .string(project.name), "title": .string(project.title),
            "language": .text(project.language), "layers": .string(project.layers.rawValue),
            "visibility": .string(project.visibility.rawValue), "access": .string(project.access.rawValue),
            "version": .number(Double(project.version)), "head": .number(Double(head)), "epoch": .string(epoch.text),
        ]
    }
}

extension ArticleView {
    package var json: JSONObject {
        var object = Row.article(article).json
        if let text { object["text"] = .string(text) }
        if let annotations { object["annotations"] = .array(annotations.map { .object($0.json) }) }
        return object
    }
}

extension AnnotationView {
    package var json: JSONObject {
        var object = Row.annotation(annotation).json
        object["comments"] = .array(comments.map { .object(Row.comment($0).json) })
        return object
    }

    /// Writes `json` in its canonical form.
    package func write(to writer: inout JSONWriter) {
        annotation.writeCanonical(to: &writer, version: annotation.version, comments: comments)
    }
}

extension Label {
    /// As `Row.json`, with the members that every label is shown with.
    package var shown: JSONObject {
        var object = Row.label(self).json
        for key in ["color", "shortcut"] where !object.contains(key) { object[key] = .some(.null) }
        return object
    }
}

extension JSONValue {
    /// A string, or null.
    fileprivate static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
