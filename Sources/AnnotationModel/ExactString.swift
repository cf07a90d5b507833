/// A string that is equal, ordered and hashed by its bytes: a key where `==` on String, which is canonical
/// equivalence, would hold two different texts for one.
package struct ExactString: Sendable, Hashable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: ExactString, right: ExactString) -> Bool { equal(left.text, right.text) }

    package func hash(into hasher: inout Hasher) {
        let hashed: Void? = text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if hashed == nil {
            Array(text.utf8).withUnsafeBytes { hasher.combine(bytes: $0) }
        }
        hasher.combine(0xff as UInt8)
    }

    /// Whether two strings have the same bytes.
    package static func equal(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    /// Whether two optional strings are both nil or have the same bytes.
    package static func equal(_ left: String?, _ right: String?) -> Bool {
        switch (left, right) {
        case (let left?, let right?): equal(left, right)
        case (nil, nil): true
        default: false
        }
    }
}

extension ExactString: Comparable {
    package static func < (left: ExactString, right: ExactString) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension ExactString: CustomStringConvertible, ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { text = value }
    package var description: String { text }
}
