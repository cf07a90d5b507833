package import AnnotationModel
package import JSONText
package import SyncProtocol

/// What of a project a client checks its own work against, before it enters the outbox.
///
/// The server checks everything again with the rights that hold then; this spares a person from learning days later
/// what could be told at once.
package struct ClientRules: Sendable {
    package var project: Project
    package var user: EntityID
    package var role: Role
    package var labels: [String: Label]

    package init(project: Project, user: EntityID, role: Role, labels: [String: Label]) {
        self.project = project
        self.user = user
        self.role = role
        self.labels = labels
    }

    /// The layer that everyday work goes to.
    package var defaultLayer: Layer { project.layers == .shared ? .shared : .own }

    // MARK: Rights

    package func checkMayWrite(layer: Layer) throws(Refusal) {
        guard role != .viewer else { throw Refusal(.notAllowed, "a viewer of \(project.name) only reads") }
        switch layer {
        case .gold:
            guard role == .reviewer || role == .manager else {
                throw Refusal(.notAllowed, "only reviewers and managers write the gold layer")
            }
        case .own, .shared:
            guard layer == defaultLayer else {
                throw Refusal(
                    .notAllowed, "\(project.name) has the layer “\(defaultLayer.rawValue)”, not “\(layer.rawValue)”")
            }
        }
    }

    /// Nobody edits another's own layer, comment or review, whatever their role.
    package func checkMayEdit(_ row: Row) throws(Refusal) {
        switch row {
        case .annotation(let row): try checkMayEdit(layer: row.layer, author: row.author, "annotation \(row.id)")
        case .relation(let row): try checkMayEdit(layer: row.layer, author: row.author, "relation \(row.id)")
        case .comment(let row): try checkIsMine(row.author, "comment \(row.id)")
        case .review(let row): try checkIsMine(row.reviewer, "review \(row.id)")
        case .assignment(let row): try checkIsMine(row.user, "assignment \(row.id)")
        default: throw Refusal(.notAllowed, "a client does not change \(row.kind.rawValue) rows")
        }
    }

    /// A manager also takes away others' comments.
    package func checkMayDelete(_ row: Row) throws(Refusal) {
        if case .comment = row, role == .manager { return }
        try checkMayEdit(row)
    }

    /// Whoever may edit a row settles its conflicts; whether it is deleted, also whoever may bring it back.
    package func checkMayResolve(_ conflict: Conflict, of row: Row) throws(Refusal) {
        if ExactString.equal(conflict.field, "deleted"), role == .manager || role == .reviewer || row.author == user,
            role != .viewer
        {
            return
        }
        try checkMayEdit(row)
    }

    private func checkMayEdit(layer: Layer, author: EntityID, _ name: String) throws(Refusal) {
        if layer == .own {
            try checkIsMine(author, name)
        }
        if layer == .gold || role == .viewer { try checkMayWrite(layer: layer) }
    }

    private func checkIsMine(_ author: EntityID, _ name: String) throws(Refusal) {
        guard role != .viewer else { throw Refusal(.notAllowed, "a viewer of \(project.name) only reads") }
        guard author == user else {
            throw Refusal(
                .notAllowed, "\(name) is another author's, and only they change it; a comment says what you think")
        }
    }

    // MARK: Content

    /// Checks a new or changed annotation as a whole against its label and its text.
    ///
    /// - Parameter before: the row as it was; what it had already may stay, a retired label for instance.
    package func check(_ row: Annotation, before: Annotation? = nil, in text: ArticleText) throws(Refusal) {
        let label = try usableLabel(row.label, before: before?.label)
        switch label.kind {
        case .span where row.anchor.spans.isEmpty:
            throw Refusal(.labelKind, "\(label.key) marks a piece of the text: say which")
        case .document where !row.anchor.spans.isEmpty:
            throw Refusal(.labelKind, "\(label.key) is said of the article as a whole, not of a piece of it")
        case .relation: throw Refusal(.labelKind, "\(label.key) links two annotations and marks no text")
        case .span, .document: break
        }
        if before?.anchor != row.anchor {
            do {
                try row.anchor.check(in: text, allowsZeroWidth: label.zeroWidth)
            } catch {
                throw Refusal(OperationCode(rawValue: error.code) ?? .spanInvalid, error.message)
            }
        }
        let isRelabelled = before.map { !ExactString.equal($0.label, row.label) } ?? true
        try check(row.attributes, before: isRelabelled ? nil : before?.attributes, of: label)
        try checkSize(.annotation(row))
    }

    /// Checks a new or changed relation against its label and its two ends.
    package func check(
        _ row: Relation, before: Relation? = nil, from: Annotation, to: Annotation
    ) throws(Refusal) {
        let label = try usableLabel(row.label, before: before?.label)
        guard label.kind == .relation else {
            throw Refusal(.labelKind, "\(label.key) is a label of \(label.kind.rawValue)s, not of relations")
        }
        guard from.articleID == to.articleID, from.articleID == row.articleID else {
            throw Refusal(.relationInvalid, "a relation joins two annotations of one article")
        }
        guard from.layer == to.layer, from.layer == row.layer, row.layer != .own || from.author == to.author else {
            throw Refusal(.relationInvalid, "a relation joins two annotations of one layer")
        }
        guard row.layer != .own || from.author == user else {
            throw Refusal(.notAllowed, "the two annotations stand in another author's layer")
        }
        for (end, allowed, name) in [(from, label.from, "start"), (to, label.to, "end")] where !allowed.isEmpty {
            guard allowed.contains(where: { ExactString.equal($0, end.label) }) else {
                let list = allowed.joined(separator: ", ")
                throw Refusal(.relationInvalid, "\(label.key) has \(list) at its \(name), not \(end.label)")
            }
        }
        let isRelabelled = before.map { !ExactString.equal($0.label, row.label) } ?? true
        try check(row.attributes, before: isRelabelled ? nil : before?.attributes, of: label)
        try checkSize(.relation(row))
    }

    package func check(_ row: Comment) throws(Refusal) {
        guard role != .viewer else { throw Refusal(.notAllowed, "a viewer of \(project.name) only reads") }
        guard !row.text.isEmpty else { throw Refusal(.malformed, "a comment says something") }
        try checkText(row.text)
        try checkSize(.comment(row))
    }

    private func usableLabel(_ key: String, before: String?) throws(Refusal) -> Label {
        guard let label = labels[key], ExactString.equal(label.key, key) else {
            throw Refusal(.unknownLabel, "\(project.name) has no label \(key)")
        }
        guard !label.retired || before.map({ ExactString.equal($0, key) }) ?? false else {
            throw Refusal(
                .labelRetired, "the label \(key) is retired: old annotations keep it, new ones do not take it")
        }
        return label
    }

    private func check(_ attributes: Attributes, before: Attributes?, of label: Label) throws(Refusal) {
        for (key, value) in attributes {
            guard let declared = label.attribute(key) else {
                throw Refusal(
                    .unknownAttribute,
                    "the label \(label.key) declares no attribute \(key): leave it out, or take it away with the same edit"
                )
            }
            guard before?[key] != value else { continue }
            guard declared.type.accepts(value) else {
                throw Refusal(.attributeInvalid, "\(key) of \(label.key) is \(declared.type.expectation)")
            }
            if let text = value.stringValue { try checkText(text) }
        }
    }

    private func checkText(_ text: String) throws(Refusal) {
        guard !text.utf8.contains(0) else { throw Refusal(.malformed, "a text with U+0000 cannot be stored") }
    }

    private func checkSize(_ row: Row) throws(Refusal) {
        let bytes = row.canonicalBytes.count
        guard bytes <= Limits.rowBytes else {
            throw Refusal(.tooLarge, "the \(row.kind.rawValue) has \(bytes) bytes, more than \(Limits.rowBytes)")
        }
    }
}

extension AttributeType {
    /// What a value must be, for messages.
    package var expectation: String {
        switch self {
        case .string: "a text"
        case .number: "a number"
        case .boolean: "true or false"
        case .choice(let values): "one of \(values.joined(separator: ", "))"
        }
    }

    /// The value that a person's text means for this type; nil where it means none.
    package func value(of text: String) -> JSONValue? {
        switch self {
        case .string: return .string(text)
        case .choice:
            guard accepts(.string(text)) else { return .none }
            return .string(text)
        case .boolean:
            switch text {
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: return .none
            }
        case .number:
            guard let number = try? JSONValue(parsing: text), case .number = number else { return .none }
            return number
        }
    }
}
