/// The id of a row: a UUID, version 7 when we make it, made by whoever creates the row. Never an order.
///
/// Kept as two integers so that comparing, hashing and formatting need no Foundation.
package struct EntityID: Sendable, Hashable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Stands for whoever is no user: the command line and imports. It is never on the wire, where `by` is then null.
    package static let nobody = EntityID(high: 0, low: 0)

    /// Parses `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in either case; anything else is nil.
    package init?(_ text: some StringProtocol) {
        if let parsed = text.utf8.withContiguousStorageIfAvailable({ EntityID(utf8: $0) }) {
            guard let parsed else { return nil }
            self = parsed
        } else {
            guard let parsed = Array(text.utf8).withUnsafeBufferPointer({ EntityID(utf8: $0) }) else { return nil }
            self = parsed
        }
    }

    /// Parses the 36 bytes of the text form, in either case; anything else is nil.
    package init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == Self.textLength else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for position in 0..<Self.textLength {
            let byte = bytes[position]
            if Self.isHyphen(position) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let nibble = Self.nibble(byte) else { return nil }
            if position < 18 { words.0 = words.0 << 4 | nibble } else { words.1 = words.1 << 4 | nibble }
        }
        self.init(high: words.0, low: words.1)
    }

    package static var textLength: Int { 36 }

    private static func isHyphen(_ position: Int) -> Bool {
        position == 8 || position == 13 || position == 18 || position == 23
    }

    private static func nibble(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte &- UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte &- UInt8(ascii: "a") &+ 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte &- UInt8(ascii: "A") &+ 10)
        default: nil
        }
    }

    /// The lower-case text form, 36 characters.
    package var text: String {
        String(unsafeUninitializedCapacity: Self.textLength) { buffer in
            write(to: buffer)
            return Self.textLength
        }
    }

    /// Writes the lower-case text form into the first 36 bytes of `buffer`.
    package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
        var rest = high
        for position in 0..<Self.textLength {
            if position == 19 { rest = low }
            if Self.isHyphen(position) {
                buffer.initializeElement(at: position, to: UInt8(ascii: "-"))
                continue
            }
            let nibble = UInt8(truncatingIfNeeded: rest >> 60)
            rest <<= 4
            let digit = nibble < 10 ? UInt8(ascii: "0") &+ nibble : UInt8(ascii: "a") &- 10 &+ nibble
            buffer.initializeElement(at: position, to: digit)
        }
    }
}

extension EntityID: Comparable {
    package static func < (left: EntityID, right: EntityID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension EntityID: CustomStringConvertible {
    package var description: String { text }
}
