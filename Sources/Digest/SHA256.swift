internal import CSodium

/// SHA-256 (FIPS 180-4), by libsodium.
package enum SHA256 {
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        Sodium.ready()
        var out = [UInt8](repeating: 0, count: 32)
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        crypto_hash_sha256(&out, start, UInt64(bytes.count))
        return digest(out)
    }

    package static func hash(_ bytes: some Sequence<UInt8>) -> SHA256Digest {
        bytes.withContiguousStorageIfAvailable { hash(UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes { hash($0) }
    }

    /// Hashes the UTF-8 bytes of a text.
    package static func hash(_ text: some StringProtocol) -> SHA256Digest { hash(text.utf8) }

    fileprivate static func digest(_ bytes: [UInt8]) -> SHA256Digest {
        guard let digest = SHA256Digest(bytes: bytes) else { preconditionFailure("a SHA-256 has 32 bytes") }
        return digest
    }

    /// Hashes what comes piece by piece.
    package struct Hasher: Sendable {
        private var state = crypto_hash_sha256_state()

        package init() {
            Sodium.ready()
            crypto_hash_sha256_init(&state)
        }

        package mutating func update(_ bytes: UnsafeRawBufferPointer) {
            crypto_hash_sha256_update(
                &state, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
        }

        package mutating func update(_ bytes: some Sequence<UInt8>) {
            if bytes.withContiguousStorageIfAvailable({ update(UnsafeRawBufferPointer($0)) }) == nil {
                Array(bytes).withUnsafeBytes { update($0) }
            }
        }

        /// The digest of all that came so far.
        package func finalize() -> SHA256Digest {
            var state = state
            var out = [UInt8](repeating: 0, count: 32)
            crypto_hash_sha256_final(&state, &out)
            return SHA256.digest(out)
        }
    }
}

/// libsodium wants to be initialised once, before anything else.
enum Sodium {
    private static let initialised: Bool = {
        precondition(sodium_init() >= 0, "libsodium cannot be initialised")
        return true
    }()

    static func ready() { precondition(initialised) }
}
