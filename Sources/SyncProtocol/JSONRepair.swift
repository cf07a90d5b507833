import JSONText

/// Makes a text whose strings hold bytes that JSON forbids fit for cutting, byte for byte in its old places.
///
/// Only borders are read from the result: the content is always read from the original.
enum JSONRepair {
    static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for index in bytes.indices where bytes[index] < 0x20 { bytes[index] = UInt8(ascii: " ") }
        if String(validating: bytes, as: UTF8.self) == nil {
            // Whatever is beyond ASCII stands in a string, or is wrong anyway.
            for index in bytes.indices where bytes[index] >= 0x80 { bytes[index] = UInt8(ascii: "?") }
        }
        return bytes
    }

    /// The text with zeros in place of some ranges.
    static func blanked(_ bytes: [UInt8], _ ranges: [Range<Int>]) -> [UInt8] {
        var bytes = bytes
        for range in ranges {
            for index in range { bytes[index] = UInt8(ascii: " ") }
            bytes[range.lowerBound] = UInt8(ascii: "0")
        }
        return bytes
    }
}
