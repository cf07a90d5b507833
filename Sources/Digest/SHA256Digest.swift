/// A SHA-256: 32 bytes, held inline.
package struct SHA256Digest: Sendable, Hashable {
    private var words: (UInt64, UInt64, UInt64, UInt64)

    /// From exactly 32 bytes; nil otherwise.
    package init?(bytes: some Collection<UInt8>) {
        let found =
            bytes.withContiguousStorageIfAvailable { Self(raw: UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes { Self(raw: $0) }
        guard let found else { return nil }
        self = found
    }

    /// From exactly 32 bytes; nil otherwise. Not generic: code of other modules calls it for each row that is read.
    package init?(raw bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }
        words = (word(0), word(1), word(2), word(3))
    }

    /// From 64 lower-case hex digits; nil otherwise.
    package init?(hex: some StringProtocol) {
        let found =
            hex.utf8.withContiguousStorageIfAvailable { Self(digits: $0) }
            ?? Array(hex.utf8).withUnsafeBufferPointer { Self(digits: $0) }
        guard let found else { return nil }
        self = found
    }

    private init?(digits: UnsafeBufferPointer<UInt8>) {
        guard digits.count == 64 else { return nil }
        func word(_ index: Int) -> UInt64? {
            var word: UInt64 = 0
            for byte in digits[index * 16..<index * 16 + 16] {
                let nibble: UInt8
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = byte - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = byte - UInt8(ascii: "a") + 10
                default: return nil
                }
                word = word << 4 | UInt64(nibble)
            }
            return word
        }
        guard let first = word(0), let second = word(1), let third = word(2), let fourth = word(3) else { return nil }
        words = (first, second, third, fourth)
    }

    /// The 32 bytes, most significant first.
    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            for (index, word) in [words.0, words.1, words.2, words.3].enumerated() {
                for byte in 0..<8 {
                    buffer[index * 8 + byte] = UInt8(truncatingIfNeeded: word >> UInt64(56 - byte * 8))
                }
            }
            count = 32
        }
    }

    /// 64 lower-case hex digits.
    package var hex: String {
        String(unsafeUninitializedCapacity: 64) { buffer in
            var at = 0
            for word in [words.0, words.1, words.2, words.3] {
                for digit in 0..<16 {
                    let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - digit * 4)) & 15
                    buffer[at] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
                    at += 1
                }
            }
            return 64
        }
    }

    package static func == (left: SHA256Digest, right: SHA256Digest) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Swift.Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

extension SHA256Digest: Comparable {
    package static func < (left: SHA256Digest, right: SHA256Digest) -> Bool { left.words < right.words }
}

extension SHA256Digest: CustomStringConvertible {
    package var description: String { hex }
}
