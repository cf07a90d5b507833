import AnnotationModel
import JSONText
import SyncProtocol

// What a row may say. A changed row is checked where it changed: what stood before may stay, a retired label for
// instance.

extension Planner {
    /// - Parameters:
    ///   - before: the row as it was; nil for a new one.
    ///   - isProven: the anchor has been checked against its text before (it comes out of a conflict).
    func check(_ after: Row, before: Row?, isProven: Bool = false) throws(Refusal) {
        switch (after, before) {
        case (.annotation(let after), nil): try check(after, before: nil, isProven: isProven)
        case (.annotation(let after), .annotation(let before)): try check(after, before: before, isProven: isProven)
        case (.relation(let after), nil): try check(after, before: nil)
        case (.relation(let after), .relation(let before)): try check(after, before: before)
        case (.comment(let after), _):
            guard !after.text.isEmpty else { throw Refusal(.malformed, "a comment says something") }
        default: break
        }
    }

    private func check(_ after: Annotation, before: Annotation?, isProven: Bool) throws(Refusal) {
        let hasNewLabel = before.map { !ExactString.equal($0.label, after.label) } ?? true
        let hasNewAnchor = before?.anchor != after.anchor
        let label = try label(after.label, isNew: hasNewLabel)
        if hasNewLabel || hasNewAnchor {
            switch label.kind {
            case .span where after.anchor.spans.isEmpty:
                throw Refusal(.labelKind, "\(label.key) marks a piece of the text, and there is no span")
            case .document where !after.anchor.spans.isEmpty:
                throw Refusal(.labelKind, "\(label.key) is said of the article as a whole and has no spans")
            case .relation: throw Refusal(.labelKind, "\(label.key) links two annotations and marks no text")
            case .span, .document: break
            }
            try check(
                after.anchor, of: after.articleID, allowsZeroWidth: label.zeroWidth,
                isProven: isProven || !hasNewAnchor)
        }
        try check(after.attributes, before: hasNewLabel ? nil : before?.attributes, of: label)
    }

    private func check(
        _ anchor: Anchor, of articleID: EntityID, allowsZeroWidth: Bool, isProven: Bool
    ) throws(Refusal) {
        var text: ArticleText?
        if !isProven {
            let version = ArticleVersionKey(articleID: articleID, sha256: anchor.articleVersion)
            text = state.articleVersions.contains(version) ? state.texts[anchor.articleVersion] : nil
            guard text != nil else {
                throw Refusal(
                    .unknownArticleVersion, "the article \(articleID) has no text with SHA-256 \(anchor.articleVersion)"
                )
            }
        }
        do throws(AnchorError) {
            if let text {
                try anchor.check(in: text, allowsZeroWidth: allowsZeroWidth)
            } else {
                try anchor.checkShape(allowsZeroWidth: allowsZeroWidth)
            }
        } catch {
            throw Refusal(OperationCode(rawValue: error.code) ?? .spanInvalid, error.message)
        }
    }

    private func check(_ after: Relation, before: Relation?) throws(Refusal) {
        let hasNewLabel = before.map { !ExactString.equal($0.label, after.label) } ?? true
        let label = try label(after.label, isNew: hasNewLabel)
        if hasNewLabel {
            guard label.kind == .relation else {
                throw Refusal(.labelKind, "\(label.key) is a label of annotations, not of relations")
            }
            try check(end: after.from, "start", allowed: label.from, of: label)
            try check(end: after.to, "end", allowed: label.to, of: label)
        }
        try check(after.attributes, before: hasNewLabel ? nil : before?.attributes, of: label)
    }

    private func check(end: EntityID, _ name: String, allowed: [String], of label: Label) throws(Refusal) {
        guard !allowed.isEmpty, case .annotation(let annotation) = row(EntityKey(.annotation, end)) else { return }
        guard allowed.contains(where: { ExactString.equal($0, annotation.label) }) else {
            let list = allowed.joined(separator: ", ")
            throw Refusal(.relationInvalid, "\(label.key) has \(list) at its \(name), not \(annotation.label)")
        }
    }

    private func label(_ key: String, isNew: Bool) throws(Refusal) -> Label {
        guard let label = state.labels[key], ExactString.equal(label.key, key) else {
            throw Refusal(.unknownLabel, "the project has no label “\(key)”")
        }
        guard !isNew || !label.retired else {
            throw Refusal(.labelRetired, "the label \(key) is retired: what has it keeps it, nothing new takes it")
        }
        return label
    }

    /// Values that stood before are not looked at again; with a new label `before` is nil, and all are.
    private func check(_ attributes: Attributes, before: Attributes?, of label: Label) throws(Refusal) {
        for (key, value) in attributes.sorted(by: { $0.key < $1.key }) where before?[key] != value {
            guard let declared = label.attribute(key) else {
                throw Refusal(.unknownAttribute, "the label \(label.key) declares no attribute “\(key)”")
            }
            guard declared.type.accepts(value) else {
                throw Refusal(.attributeInvalid, "\(key) of \(label.key) must be \(declared.type.wanted)")
            }
        }
    }
}

extension AttributeType {
    /// What a value must be, for messages.
    fileprivate var wanted: String {
        switch self {
        case .string: "a string"
        case .number: "a number"
        case .boolean: "true or false"
        case .choice(let values): "one of \(values.joined(separator: ", "))"
        }
    }
}
