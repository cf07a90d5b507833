extension JSONValue {
    /// Reads one JSON text, all of it.
    package init(parsing bytes: ArraySlice<UInt8>, options: JSONReader.Options = .strict) throws(JSONError) {
        var reader = JSONReader(bytes, options: options)
        self = try reader.readValue()
        try reader.expectEnd()
    }

    package init(parsing bytes: [UInt8], options: JSONReader.Options = .strict) throws(JSONError) {
        try self.init(parsing: bytes[...], options: options)
    }

    package init(
        parsing bytes: some Collection<UInt8>, options: JSONReader.Options = .strict
    ) throws(JSONError) {
        try self.init(parsing: Array(bytes)[...], options: options)
    }

    package init(parsing text: String, options: JSONReader.Options = .strict) throws(JSONError) {
        try self.init(parsing: Array(text.utf8)[...], options: options)
    }

    /// The one text that equal values share: keys sorted by their UTF-8 bytes, no white space, only `"`, `\` and
    /// U+0000–U+001F escaped, numbers as RFC 8785 writes them.
    package func canonicalBytes() -> [UInt8] {
        var writer = JSONWriter()
        writer.canonical(self)
        return writer.finish()
    }

    package var canonicalText: String {
        String(decoding: canonicalBytes(), as: UTF8.self)
    }

    /// Indented by two spaces, members in their own order, for people.
    package var prettyText: String {
        var bytes: [UInt8] = []
        appendPretty(to: &bytes, indentation: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func appendPretty(to bytes: inout [UInt8], indentation: Int) {
        func newLine(_ depth: Int, _ bytes: inout [UInt8]) {
            bytes.append(UInt8(ascii: "\n"))
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
        }
        switch self {
        case .array(let elements) where !elements.isEmpty:
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                newLine(indentation + 1, &bytes)
                element.appendPretty(to: &bytes, indentation: indentation + 1)
            }
            newLine(indentation, &bytes)
            bytes.append(UInt8(ascii: "]"))
        case .object(let object) where !object.isEmpty:
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                newLine(indentation + 1, &bytes)
                JSONEscape.append(member.key, to: &bytes)
                bytes.append(contentsOf: ": ".utf8)
                member.value.appendPretty(to: &bytes, indentation: indentation + 1)
            }
            newLine(indentation, &bytes)
            bytes.append(UInt8(ascii: "}"))
        default:
            bytes.append(contentsOf: canonicalBytes())
        }
    }
}

extension JSONValue: CustomStringConvertible {
    package var description: String {
        var writer = JSONWriter()
        writer.value(self)
        return writer.text
    }
}

extension JSONObject {
    package func canonicalBytes() -> [UInt8] {
        JSONValue.object(self).canonicalBytes()
    }
}
