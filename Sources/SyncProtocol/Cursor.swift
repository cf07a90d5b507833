package import AnnotationModel

/// A place in one history of a project's log: the last seq seen, and the tag that stood there (nil at 0).
package struct Cursor: Sendable, Hashable {
    package var epoch: EntityID
    package var since: Int64
    package var at: Tag?

    package init(epoch: EntityID, since: Int64, at: Tag?) {
        self.epoch = epoch
        self.since = since
        self.at = at
    }
}

/// The random mark of one transaction in the log: 64 bits, 16 lower-case hex digits on the wire.
package struct Tag: Sendable, Hashable {
    package var bits: UInt64

    package init(bits: UInt64) { self.bits = bits }

    package init?(_ text: String) {
        let isHex = text.utf8.allSatisfy {
            $0 &- UInt8(ascii: "0") < 10 || $0 &- UInt8(ascii: "a") < 6
        }
        guard text.utf8.count == 16, isHex, let bits = UInt64(text, radix: 16) else { return nil }
        self.bits = bits
    }

    package var text: String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
