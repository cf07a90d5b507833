/// Writes JSON text into bytes, front to back, and sets the commas.
///
/// What it writes is well formed when begins and ends balance and each key is followed by one value; nothing is
/// checked in release builds. Members come in the order of the calls.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8]
    private var needsComma = false
    private var depth = 0

    package init(reservingCapacity capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }
    package var count: Int { bytes.count }

    /// The bytes written.
    package consuming func finish() -> [UInt8] {
        assert(depth == 0, "an object or array was left open")
        return bytes
    }

    /// Takes the bytes written so far out, as a stream does between two pieces; what is open stays open.
    package mutating func drain() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        bytes.reserveCapacity(taken.count)
        return taken
    }

    /// Empties the writer and keeps its memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
        depth = 0
    }

    package mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
        depth += 1
    }

    package mutating func endObject() {
        assert(depth > 0, "no object is open")
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
        depth -= 1
    }

    package mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
        needsComma = false
        depth += 1
    }

    package mutating func endArray() {
        assert(depth > 0, "no array is open")
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
        depth -= 1
    }

    package mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        beginObject()
        try body(&self)
        endObject()
    }

    package mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        beginArray()
        try body(&self)
        endArray()
    }

    /// Ends a line of a stream of lines of JSON; to be called between values only.
    package mutating func endLine() {
        assert(depth == 0, "an object or array was left open")
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    package mutating func key(_ name: String) {
        separate()
        JSONEscape.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func string(_ value: String) {
        separate()
        JSONEscape.append(value, to: &bytes)
        needsComma = true
    }

    /// A string given as its bytes, which must be UTF-8.
    package mutating func string(utf8 value: some Sequence<UInt8>) {
        separate()
        let done: Void? = value.withContiguousStorageIfAvailable { JSONEscape.append($0, to: &bytes) }
        if done == nil {
            Array(value).withUnsafeBufferPointer { JSONEscape.append($0, to: &bytes) }
        }
        needsComma = true
    }

    package mutating func int(_ value: Int) {
        int(Int64(value))
    }

    package mutating func int(_ value: Int64) {
        separate()
        JSONNumber.append(value, to: &bytes)
        needsComma = true
    }

    /// A number in its canonical form; what is not finite becomes null.
    package mutating func number(_ value: Double) {
        separate()
        JSONNumber.append(value, to: &bytes)
        needsComma = true
    }

    package mutating func bool(_ value: Bool) {
        separate()
        if value {
            bytes.append(contentsOf: "true".utf8)
        } else {
            bytes.append(contentsOf: "false".utf8)
        }
        needsComma = true
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    /// A value, its members in their own order.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                key(member.key)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// A value in its canonical form: keys sorted by their bytes at every depth.
    package mutating func canonical(_ value: JSONValue) {
        switch value {
        case .array(let elements):
            beginArray()
            for element in elements { canonical(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.sortedMembers() {
                key(member.key)
                canonical(member.value)
            }
            endObject()
        default:
            self.value(value)
        }
    }

    /// One value that is JSON text already; it is not looked at.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }
}

extension JSONObject {
    func sortedMembers() -> [Member] {
        let isSorted = zip(members, members.dropFirst()).allSatisfy { UTF8Bytes.precedes($0.key, $1.key) }
        return isSorted ? members : members.sorted { UTF8Bytes.precedes($0.key, $1.key) }
    }
}
