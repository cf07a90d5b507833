import Digest

/// Where ids, times and random bits come from; passed in, so that tests decide.
package struct IDSource: Sendable {
    package var now: @Sendable () -> Timestamp
    package var random: @Sendable () -> UInt64

    package init(now: @escaping @Sendable () -> Timestamp, random: @escaping @Sendable () -> UInt64) {
        self.now = now
        self.random = random
    }

    /// The system's clock and random source.
    package static let system = IDSource(now: { Timestamp.now() }, random: { SecureRandom.uint64() })

    /// A new UUIDv7 (RFC 9562): 48 bits of milliseconds, then 74 random bits.
    package func id() -> EntityID {
        let milliseconds = UInt64(max(0, now().microseconds / 1000))
        let high = milliseconds << 16 | 0x7000 | random() & 0x0fff
        let low = random() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        return EntityID(high: high, low: low)
    }
}

extension EntityID {
    /// An id derived from its parts alone, so that a rerun of an import finds its rows again: the first 128 bits of
    /// the SHA-256 of the parts (each preceded by its length), marked as version 8 (RFC 9562).
    package init(derivedFrom parts: [String]) {
        let joined = parts.map { "\($0.utf8.count):\($0)" }.joined()
        let bytes = SHA256.hash(Array(joined.utf8)).bytes
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<8 {
            high = high << 8 | UInt64(bytes[index])
            low = low << 8 | UInt64(bytes[index + 8])
        }
        self.init(
            high: high & 0xffff_ffff_ffff_0fff | 0x8000,
            low: low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000)
    }
}
