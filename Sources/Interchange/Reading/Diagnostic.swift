package import JSONText

/// Where in the input something stood. Lines and records count from 1; a blank line is a line, but no record.
package struct SourcePlace: Sendable, Hashable {
    package var file: String
    package var line: Int?
    package var record: Int?

    package init(file: String, line: Int? = nil, record: Int? = nil) {
        self.file = file
        self.line = line
        self.record = record
    }
}

/// One line of an import report: what was wrong with which record, and where.
package struct Diagnostic: Sendable, Hashable {
    package var place: SourcePlace
    /// The record's external id, as far as it could be read.
    package var id: String?
    package var code: Code
    /// One line: what was found, and what was expected.
    package var message: String
    /// The place itself, at most 80 code points.
    package var snippet: String?

    package init(_ place: SourcePlace, id: String? = nil, code: Code, message: String, snippet: String? = nil) {
        self.place = place
        self.id = id
        self.code = code
        self.message = message
        self.snippet = snippet
    }

    /// A stable name for the reason. Open: who stores what was read has reasons of its own.
    package struct Code: Sendable, Hashable, RawRepresentable, ExpressibleByStringLiteral {
        package let rawValue: String

        package init(rawValue: String) { self.rawValue = rawValue }
        package init(stringLiteral value: String) { rawValue = value }
    }

    /// `{file, line?, record?, id?, code, message, snippet?}`.
    package var json: JSONObject {
        var object: JSONObject = ["file": .string(place.file)]
        if let line = place.line { object["line"] = JSONValue(line) }
        if let record = place.record { object["record"] = JSONValue(record) }
        if let id { object["id"] = .string(id) }
        object["code"] = .string(code.rawValue)
        object["message"] = .string(message)
        if let snippet { object["snippet"] = .string(snippet) }
        return object
    }
}
