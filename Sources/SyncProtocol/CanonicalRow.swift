import JSONText

/// The row with its version: canonical JSON of an object without `version` in, with it in its sorted place out.
package func canonicalRow(_ row: [UInt8], version: Int64) -> [UInt8] {
    CanonicalMembers.inserting("version", into: row, extra: 20) { $0.int(version) }
}

/// An article version's row with its text inside, as snapshots have it.
package func canonicalRow(_ row: [UInt8], text: some Sequence<UInt8>) -> [UInt8] {
    let text = Array(text)
    return CanonicalMembers.inserting("text", into: row, extra: text.count + text.count / 16) { $0.string(utf8: text) }
}

/// Puts members into canonical JSON without reading the rest of it.
enum CanonicalMembers {
    static func inserting(
        _ key: StaticString, into object: [UInt8], extra: Int, value: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        let place = object.withUnsafeBufferPointer { object in
            key.withUTF8Buffer { firstMember(after: $0, in: object) }
        }
        var writer = JSONWriter(reservingCapacity: extra + 4)
        value(&writer)
        let value = writer.finish()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(object.count + value.count + key.utf8CodeUnitCount + 4)
        bytes.append(contentsOf: object[..<place])
        let isLast = place == object.count - 1
        if isLast && place > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: ":")])
        bytes.append(contentsOf: value)
        if !isLast { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: object[place...])
        return bytes
    }

    /// Where the first outermost member begins whose key sorts after `key`; where the closing brace is otherwise.
    ///
    /// `key` is of lower-case letters only. Keys are compared as they are written: an escape begins with a backslash,
    /// which sorts below all letters as does every character that is written by one.
    private static func firstMember(after key: UnsafeBufferPointer<UInt8>, in object: UnsafeBufferPointer<UInt8>) -> Int
    {
        var index = 1
        while index < object.count, object[index] == UInt8(ascii: "\"") {
            let start = index
            index = endOfString(object, index)
            let name = UnsafeBufferPointer(rebasing: object[(start + 1)..<(index - 1)])
            if isAfter(name, key) { return start }
            index = endOfValue(object, index + 1)
            if index < object.count, object[index] == UInt8(ascii: ",") { index += 1 }
        }
        return object.count - 1
    }

    private static func isAfter(_ name: UnsafeBufferPointer<UInt8>, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        key.lexicographicallyPrecedes(name)
    }

    /// The place after a string that begins at `start`.
    private static func endOfString(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var index = start + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return index + 1
    }

    /// The place after a value that begins at `start`: at a comma or brace of the same depth.
    private static func endOfValue(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var index = start
        var depth = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index = endOfString(bytes, index)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return index }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return index
            default: break
            }
            index += 1
        }
        return index
    }
}
