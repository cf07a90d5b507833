import AnnotationModel
import JSONText

/// Why a record is refused, whole.
struct RecordFault: Error, Sendable, Hashable {
    var code: Diagnostic.Code
    /// One line: which member, what was found, what was expected.
    var message: String
    /// Where to look, when it is not the record's beginning.
    var snippet: String?

    init(_ code: Diagnostic.Code, _ message: String, snippet: String? = nil) {
        self.code = code
        self.message = message
        self.snippet = snippet
    }
}

extension RecordFault {
    /// JSON that cannot be read. `bytes` is the line that was given.
    init(_ error: JSONError, in bytes: ArraySlice<UInt8>) {
        let code: Diagnostic.Code =
            switch error.code {
            case .syntax, .trailing, .type, .invalid, .byteOrderMark: .malformed
            case .truncated: .truncated
            case .depth: .tooDeep
            case .size: .tooLarge
            case .duplicateKey: .duplicateKey
            case .nul: .nulCharacter
            case .invalidUTF8: .invalidUTF8
            case .numberRange: .numberOutOfRange
            }
        let place = error.path.isEmpty ? "" : " (\(error.path.joined(separator: "/")))"
        self.init(
            code, "column \(error.column)\(place): \(error.message)",
            snippet: Snippet.around(error.offset, in: bytes))
    }

    /// A member that is missing or of another kind than documented.
    init(_ error: RowError) {
        self.init(.malformed, "\(error.path) \(error.message)")
    }

    init(_ error: AnchorError, of path: String) {
        self.init(Diagnostic.Code(rawValue: error.code), "\(path): \(error.message)")
    }

    /// What a body that reads members throws, as a fault.
    static func mapping<Value>(_ body: () throws(RowError) -> Value) throws(RecordFault) -> Value {
        do {
            return try body()
        } catch {
            throw RecordFault(error)
        }
    }
}

extension RowReader {
    /// Nothing is lost in silence: a member that nobody would read is refused.
    func allowOnly(_ members: Set<String>) throws(RecordFault) {
        for (key, _) in object where !members.contains(key) {
            throw RecordFault(
                .unknownMember,
                "\(path.isEmpty ? key : "\(path).\(key)") is not known here; known are \(members.sorted().joined(separator: ", "))"
            )
        }
    }

    /// The elements of an array of objects, each with its path; empty where the member is missing.
    func elements(_ key: String) throws(RecordFault) -> [RowReader] {
        let elements: [JSONValue] = try RecordFault.mapping { () throws(RowError) in try array(key) ?? [] }
        var readers: [RowReader] = []
        readers.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            let path = path.isEmpty ? "\(key)[\(index)]" : "\(self.path).\(key)[\(index)]"
            guard let object = element.objectValue else { throw RecordFault(.malformed, "\(path) must be an object") }
            readers.append(RowReader(object: object, path: path))
        }
        return readers
    }

    /// A string that must be there and say something.
    func name(_ key: String) throws(RowError) -> String {
        let text = try string(key)
        guard !text.isEmpty else { throw fail(key, "must not be empty") }
        return text
    }

    /// Attributes with keys that a label can declare.
    func checkedAttributes(_ key: String = "attributes") throws(RecordFault) -> Attributes {
        let object: JSONObject? = try RecordFault.mapping { () throws(RowError) in try self.object(key) }
        guard let object, !object.isEmpty else { return [:] }
        for (name, _) in object where !LabelAttribute.isValidKey(name) {
            throw RecordFault(
                .attributeInvalid, "\(path).\(key): “\(name)” is no key; 1 to 64 of a-z, 0-9 and _ are expected")
        }
        do {
            return try attributes(key)
        } catch {
            throw RecordFault(.attributeInvalid, "\(error.path) \(error.message)")
        }
    }
}
