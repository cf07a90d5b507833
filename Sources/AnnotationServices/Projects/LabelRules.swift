package import AnnotationModel
package import SyncProtocol

/// What a label must be, whoever declares it.
package enum LabelRules {
    /// Checks labels that are added beside known ones, or put in their place.
    package static func check(_ labels: [Label], besides known: [String: Label]) throws(Problem) {
        var all: [ExactString: LabelKind] = [:]
        for label in known.values { all[ExactString(label.key)] = label.kind }
        for label in labels { all[ExactString(label.key)] = label.kind }
        for label in labels { try check(label, all) }
    }

    private static func check(_ label: Label, _ all: [ExactString: LabelKind]) throws(Problem) {
        let what = "the label “\(label.key)”"
        try Words.check(label.key, "a label's key", longest: 200)
        try Words.check(label.name, "\(what): its name", longest: 500)
        if let color = label.color { try Words.check(color, "\(what): its color", longest: 50) }
        if let shortcut = label.shortcut { try Words.check(shortcut, "\(what): its shortcut", longest: 20) }
        for attribute in label.attributes where !LabelAttribute.isValidKey(attribute.key) {
            throw .invalid("\(what): the attribute “\(attribute.key)” must be 1 to 64 of a-z, 0-9 and “_”")
        }
        guard label.kind == .relation || label.from.isEmpty && label.to.isEmpty else {
            throw .invalid("\(what) has “from” or “to”, which only a label of the kind relation has")
        }
        guard label.kind == .span || !label.zeroWidth else {
            throw .invalid("\(what) allows zero width, which only a label of the kind span does")
        }
        for end in label.from + label.to {
            guard let kind = all[ExactString(end)] else {
                throw .invalid("\(what) names “\(end)” as an end, which is no label of the project")
            }
            guard kind != .relation else {
                throw .invalid("\(what) names “\(end)” as an end, which is a label of relations")
            }
        }
        guard Row.label(label).canonicalBytes.count <= Limits.rowBytes else {
            throw .tooLarge("\(what) is larger than \(Limits.rowBytes) bytes")
        }
    }
}
