package import JSONText

/// What kind of thing a label names.
package enum LabelKind: String, Sendable, Hashable, CaseIterable {
    case span, document, relation
}

/// One attribute that annotations with a label may carry.
package struct LabelAttribute: Sendable, Hashable {
    /// `[a-z0-9_]{1,64}`.
    package var key: String
    package var type: AttributeType

    package init(key: String, type: AttributeType) {
        self.key = key
        self.type = type
    }

    package static func isValidKey(_ key: String) -> Bool {
        (1...64).contains(key.utf8.count)
            && key.utf8.allSatisfy {
                $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") || $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")
                    || $0 == UInt8(ascii: "_")
            }
    }
}

/// The type of an attribute's values.
package enum AttributeType: Sendable, Hashable {
    case string, number, boolean
    case choice([String])

    package var name: String {
        switch self {
        case .string: "string"
        case .number: "number"
        case .boolean: "boolean"
        case .choice: "choice"
        }
    }

    /// Whether a value (never null, which removes the attribute) has this type.
    package func accepts(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.string, .string), (.number, .number), (.boolean, .bool): true
        case (.choice(let values), .string(let text)): values.contains { $0.utf8.elementsEqual(text.utf8) }
        default: false
        }
    }
}

/// What may be said in a project, identified for ever by its key; name, colour and shortcut may change.
package struct Label: Sendable, Hashable {
    package var key: String
    package var name: String
    package var kind: LabelKind
    package var color: String?
    package var shortcut: String?
    package var attributes: [LabelAttribute]
    /// For a relation: the labels at its start and at its end; empty is any.
    package var from: [String]
    package var to: [String]
    package var zeroWidth: Bool
    package var retired: Bool
    package var version: Int64

    package init(
        key: String, name: String? = nil, kind: LabelKind, color: String? = nil, shortcut: String? = nil,
        attributes: [LabelAttribute] = [], from: [String] = [], to: [String] = [], zeroWidth: Bool = false,
        retired: Bool = false, version: Int64 = 0
    ) {
        self.key = key
        self.name = name ?? key
        self.kind = kind
        self.color = color
        self.shortcut = shortcut
        self.attributes = attributes
        self.from = from
        self.to = to
        self.zeroWidth = zeroWidth
        self.retired = retired
        self.version = version
    }

    package func attribute(_ key: String) -> LabelAttribute? { attributes.first { $0.key == key } }
}
