internal import CSodium

/// argon2id at OWASP's parameters (19 MiB, two passes), as PHC strings.
package enum PasswordHash {
    package struct OutOfMemory: Error, Sendable {
        package init() {}
    }

    private static let operations: UInt64 = 2
    private static let memory = 19 * 1024 * 1024

    /// A new salted hash; takes tens of milliseconds and 19 MiB.
    package static func hash(_ password: String) throws(OutOfMemory) -> String {
        Sodium.ready()
        var out = [CChar](repeating: 0, count: Int(crypto_pwhash_strbytes()))
        let bytes = Array(password.utf8CString.dropLast())
        guard
            crypto_pwhash_str_alg(
                &out, bytes, UInt64(bytes.count), operations, memory, crypto_pwhash_alg_argon2id13()) == 0
        else { throw OutOfMemory() }
        return String(decoding: out.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether the password is the one that was hashed; as slow as hashing.
    package static func verify(_ password: String, _ phc: String) -> Bool {
        Sodium.ready()
        let bytes = Array(password.utf8CString.dropLast())
        return crypto_pwhash_str_verify(phc, bytes, UInt64(bytes.count)) == 0
    }

    /// Whether a hash was made with other parameters than today's.
    package static func needsRehash(_ phc: String) -> Bool {
        Sodium.ready()
        return crypto_pwhash_str_needs_rehash(phc, operations, memory) != 0
    }
}
