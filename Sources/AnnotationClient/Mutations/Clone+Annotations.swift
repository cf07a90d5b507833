import AnnotationModel
import FailPoints
import JSONText
import SyncEngine
import SyncProtocol

// Each of these checks what the server will check, stores one mutation, and returns what is seen from then on.

extension Clone {
    /// Runs one transaction that makes a mutation. When this returns, the mutation is on the disk.
    func mutate<Value>(_ body: (Workbench) throws -> Value) throws -> Value {
        let value = try store.write { try body(try Workbench($0, ids: ids)) }
        try FailPoints.hit(.clientMutationAfterWrite)
        return value
    }

    /// Makes an annotation, and with it a first comment where the draft has one.
    package func annotate(_ article: String, _ draft: AnnotationDraft) throws -> AnnotationItem {
        try mutate { bench in
            let article = try bench.reader.references.article(article)
            let text = try Self.text(of: article, bench.db)
            let label = try bench.label(draft.label)
            let row = Annotation(
                id: ids.id(), articleID: article.id, author: bench.rules.user,
                layer: draft.layer ?? bench.rules.defaultLayer, label: label.key,
                attributes: try bench.attributes([:], changed: draft.attributes, of: label),
                anchor: try bench.anchor(draft.place, in: text, of: article), state: draft.state, createdAt: bench.now)
            try bench.check { () throws(Refusal) in
                try bench.rules.checkMayWrite(layer: row.layer)
                try bench.rules.check(row, in: text)
            }
            var operations = [Row.annotation(row).creation]
            if let remark = draft.comment {
                operations.append(try Self.remark(remark, on: row, bench))
            }
            try bench.push(operations, atomic: operations.count > 1)
            return try Self.seen(try bench.reader.annotation(row.id))
        }
    }

    /// Changes an annotation, a relation or a comment; fields that stay as they are are not sent.
    package func edit(_ reference: String, _ edit: EntityEdit) throws -> EntityItem {
        try mutate { bench in
            let before = try bench.reader.references.row(reference, [.annotation, .relation, .comment]).local().row
            var after = before
            switch after {
            case .annotation(let row): after = .annotation(try Self.edited(row, edit, bench))
            case .relation(let row): after = .relation(try Self.edited(row, edit, bench))
            case .comment(let row): after = .comment(try Self.edited(row, edit, bench))
            default: break
            }
            guard let operation = before.update(to: after) else {
                throw ClientError(.usage, "nothing_to_do", "nothing of it would change")
            }
            try bench.push([operation])
            return try Self.seen(try bench.reader.item(after.kind, after.id))
        }
    }

    /// Says something about an annotation.
    package func comment(_ annotation: String, text: String) throws -> CommentItem {
        try mutate { bench in
            guard case .annotation(let row) = try bench.reader.references.row(annotation, [.annotation]).local().row
            else { throw ClientError(.usage, "not_found", "only an annotation can be commented") }
            _ = try bench.article(row.articleID)
            let operation = try Self.remark(text, on: row, bench)
            try bench.push([operation])
            guard case .comment(let item) = try bench.reader.item(.comment, operation.id) else { throw Self.vanished }
            return item
        }
    }

    /// Links two annotations of one article and layer.
    package func relate(
        from: String, to: String, label: String, attributes: [String: AttributeInput] = [:]
    ) throws -> RelationItem {
        try mutate { bench in
            let ends = try [from, to].map { reference in
                guard case .annotation(let row) = try bench.reader.references.row(reference, [.annotation]).local().row
                else { throw ClientError(.usage, "not_found", "“\(reference.prefix(80))” is no annotation") }
                return row
            }
            _ = try bench.article(ends[0].articleID)
            let label = try bench.label(label)
            let row = Relation(
                id: ids.id(), articleID: ends[0].articleID, author: bench.rules.user, layer: ends[0].layer,
                label: label.key, attributes: try bench.attributes([:], changed: attributes, of: label),
                from: ends[0].id, to: ends[1].id, createdAt: bench.now)
            try bench.check { () throws(Refusal) in
                try bench.rules.checkMayWrite(layer: row.layer)
                try bench.rules.check(row, from: ends[0], to: ends[1])
            }
            try bench.push([Row.relation(row).creation])
            guard case .relation(let item) = try bench.reader.item(.relation, row.id) else { throw Self.vanished }
            return item
        }
    }

    /// Deletes an annotation, a relation or a comment; returns it as it was.
    package func delete(_ reference: String) throws -> EntityItem {
        try mutate { bench in
            let row = try bench.reader.references.row(reference, [.annotation, .relation, .comment]).local().row
            let item = try Self.seen(try bench.reader.item(row.kind, row.id))
            try bench.check { () throws(Refusal) in try bench.rules.checkMayDelete(row) }
            try bench.push([row.deletion])
            return item
        }
    }

    // MARK: Pieces

    private static func remark(_ text: String, on row: Annotation, _ bench: Workbench) throws -> Operation {
        let comment = Comment(
            id: bench.ids.id(), articleID: row.articleID, annotationID: row.id, author: bench.rules.user, text: text,
            createdAt: bench.now)
        try bench.check { () throws(Refusal) in try bench.rules.check(comment) }
        return Row.comment(comment).creation
    }

    private static func edited(_ before: Annotation, _ edit: EntityEdit, _ bench: Workbench) throws -> Annotation {
        guard edit.text == nil else {
            throw ClientError(.usage, "not_found", "an annotation has no text; a comment has")
        }
        let article = try bench.article(before.articleID)
        let text = try Self.text(of: article, bench.db)
        var row = before
        if let key = edit.label { row.label = try bench.label(key).key }
        if let place = edit.place { row.anchor = try bench.anchor(place, in: text, of: article) }
        if let state = edit.state { row.state = state }
        if !edit.attributes.isEmpty {
            row.attributes = try bench.attributes(
                row.attributes, changed: edit.attributes, of: try bench.label(row.label))
        }
        try bench.check { () throws(Refusal) in
            try bench.rules.checkMayEdit(.annotation(before))
            try bench.rules.check(row, before: before, in: text)
        }
        return row
    }

    private static func edited(_ before: Relation, _ edit: EntityEdit, _ bench: Workbench) throws -> Relation {
        guard edit.text == nil, edit.place == nil, edit.state == nil else {
            throw ClientError(.usage, "not_found", "of a relation only the label and attributes can be changed")
        }
        var row = before
        if let key = edit.label { row.label = try bench.label(key).key }
        if !edit.attributes.isEmpty {
            row.attributes = try bench.attributes(
                row.attributes, changed: edit.attributes, of: try bench.label(row.label))
        }
        let from = try bench.liveAnnotation(row.from)
        let to = try bench.liveAnnotation(row.to)
        try bench.check { () throws(Refusal) in
            try bench.rules.checkMayEdit(.relation(before))
            try bench.rules.check(row, before: before, from: from, to: to)
        }
        return row
    }

    private static func edited(_ before: Comment, _ edit: EntityEdit, _ bench: Workbench) throws -> Comment {
        guard edit.label == nil, edit.place == nil, edit.state == nil, edit.attributes.isEmpty, let text = edit.text
        else { throw ClientError(.usage, "not_found", "of a comment only the text can be changed") }
        var row = before
        row.text = text
        try bench.check { () throws(Refusal) in
            try bench.rules.checkMayEdit(.comment(before))
            try bench.rules.check(row)
        }
        return row
    }

    static func seen<Item>(_ item: Item?) throws -> Item {
        guard let item else { throw vanished }
        return item
    }

    static var vanished: ClientError {
        ClientError(.environment, "no_database", "what was written cannot be read back: look at the clone's file")
    }
}
