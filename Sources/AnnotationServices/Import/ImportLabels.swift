import AnnotationModel
import Interchange
import JSONText

/// Which labels an article needs, and whether the project has them.
enum ImportLabels {
    /// The labels of an article that the project lacks or that lack attributes, made from how the article uses them.
    static func wanted(by record: ArticleRecord, known: [String: Label]) -> [Label] {
        var wanted: [String: Label] = [:]
        for annotation in record.annotations {
            let kind: LabelKind = annotation.anchor.spans.isEmpty ? .document : .span
            extend(&wanted, known, annotation.label, kind, annotation.attributes)
            guard annotation.anchor.spans.contains(where: { $0.start == $0.end }) else { continue }
            if known[annotation.label]?.zeroWidth != true,
                var label = wanted[annotation.label] ?? known[annotation.label]
            {
                label.zeroWidth = true
                wanted[annotation.label] = label
            }
        }
        for relation in record.relations {
            extend(&wanted, known, relation.label, .relation, relation.attributes)
        }
        return wanted.values.sorted { ExactString($0.key) < ExactString($1.key) }
    }

    private static func extend(
        _ wanted: inout [String: Label], _ known: [String: Label], _ key: String, _ kind: LabelKind,
        _ attributes: Attributes
    ) {
        guard var label = wanted[key] ?? known[key] else {
            var label = Label(key: key, kind: kind)
            add(attributes, to: &label)
            wanted[key] = label
            return
        }
        if add(attributes, to: &label) { wanted[key] = label }
    }

    @discardableResult
    private static func add(_ attributes: Attributes, to label: inout Label) -> Bool {
        var isChanged = false
        for (key, value) in attributes where label.attribute(key) == nil && LabelAttribute.isValidKey(key) {
            let type: AttributeType =
                switch value {
                case .number: .number
                case .bool: .boolean
                default: .string
                }
            label.attributes.append(LabelAttribute(key: key, type: type))
            isChanged = true
        }
        if isChanged { label.attributes.sort { ExactString($0.key) < ExactString($1.key) } }
        return isChanged
    }

    /// Why an article does not fit the label set; nil when it does.
    static func fault(in record: ArticleRecord, labels: [String: Label]) -> (code: Diagnostic.Code, message: String)? {
        for annotation in record.annotations {
            let place = "annotation \(annotation.id)"
            guard let label = labels[annotation.label] else { return unknown(annotation.label, place) }
            guard label.kind != .relation, (label.kind == .document) == annotation.anchor.spans.isEmpty else {
                return (
                    "label_kind",
                    "\(place) has \(annotation.anchor.spans.count) spans, but \(label.key) is a label of kind \(label.kind.rawValue)"
                )
            }
            if let fault = fault(annotation.attributes, label, place) { return fault }
            do throws(AnchorError) {
                try annotation.anchor.checkShape(allowsZeroWidth: label.zeroWidth)
            } catch {
                return (Diagnostic.Code(rawValue: error.code), "\(place): \(error.message)")
            }
        }
        let byID = Dictionary(record.annotations.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for relation in record.relations {
            let place = "relation \(relation.id)"
            guard let label = labels[relation.label] else { return unknown(relation.label, place) }
            guard label.kind == .relation else {
                return ("label_kind", "\(place) has the label \(label.key), which is of kind \(label.kind.rawValue)")
            }
            if let fault = fault(relation.attributes, label, place) { return fault }
            for (end, allowed, name) in [(relation.from, label.from, "from"), (relation.to, label.to, "to")] {
                guard let annotation = byID[end] else { continue }
                guard allowed.isEmpty || allowed.contains(where: { ExactString.equal($0, annotation.label) }) else {
                    return (
                        "relation_invalid",
                        "\(place): \(label.key) allows \(allowed.joined(separator: ", ")) in “\(name)”, not \(annotation.label)"
                    )
                }
            }
        }
        return nil
    }

    private static func unknown(_ key: String, _ place: String) -> (code: Diagnostic.Code, message: String) {
        ("unknown_label", "\(place) has the label \(key), which the project lacks; add it, or use --create-labels")
    }

    private static func fault(
        _ attributes: Attributes, _ label: Label, _ place: String
    ) -> (code: Diagnostic.Code, message: String)? {
        for (key, value) in attributes.sorted(by: { $0.key < $1.key }) {
            guard let attribute = label.attribute(key) else {
                return ("unknown_attribute", "\(place): the label \(label.key) has no attribute \(key)")
            }
            guard attribute.type.accepts(value) else {
                return (
                    "attribute_invalid", "\(place): \(key) must be a \(attribute.type.name), not \(value.canonicalText)"
                )
            }
        }
        return nil
    }
}
