import AnnotationModel
package import JSONText
import SyncProtocol

/// A parameter behind the question mark, with the schema of its value.
package struct QueryParameter: Sendable {
    package var name: String
    package var summary: String
    package var schema: JSONValue
    package var isRequired = false

    static func text(_ name: String, _ summary: String) -> Self {
        Self(name: name, summary: summary, schema: ["type": "string"])
    }

    static func id(_ name: String, _ summary: String, isRequired: Bool = false) -> Self {
        Self(name: name, summary: summary, schema: ["type": "string", "format": "uuid"], isRequired: isRequired)
    }

    static func word(_ name: String, _ words: [String], _ summary: String) -> Self {
        Self(name: name, summary: summary, schema: ["type": "string", "enum": .array(words.map { .string($0) })])
    }

    static func number(
        _ name: String, _ range: ClosedRange<Int>, default standard: Int? = nil, _ summary: String
    ) -> Self {
        var schema: JSONObject = [
            "type": "integer", "minimum": .number(Double(range.lowerBound)),
            "maximum": .number(Double(range.upperBound)),
        ]
        if let standard { schema["default"] = .number(Double(standard)) }
        return Self(name: name, summary: summary, schema: .object(schema))
    }

    static let limit = number("limit", 1...1000, default: 100, "How many items at most.")
    static let after = text("after", "What the page before gave as `next`.")
    /// Both of a list.
    static let page = [limit, after]
    static let unit = Self(
        name: "unit", summary: "What offsets count, in the request and in the answer.",
        schema: [
            "type": "string", "enum": .array(OffsetUnit.allCases.map { .string($0.rawValue) }), "default": "codepoint",
        ])
}
