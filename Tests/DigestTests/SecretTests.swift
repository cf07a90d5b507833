import Digest
import Testing

@Suite struct Secrets {
    @Test(arguments: ["correct horse", "", "é", String(repeating: "x", count: 4096), " a b "])
    func `A password is the one that was hashed, and no other is`(password: String) throws {
        let hash = try PasswordHash.hash(password)
        #expect(PasswordHash.verify(password, hash))
        #expect(!PasswordHash.verify(password + "x", hash))
        #expect(!PasswordHash.verify(String(password.dropLast()) + "\u{1}", hash))
        #expect(!PasswordHash.needsRehash(hash))
    }

    @Test func `A hash is argon2id with 19 MiB and two passes, and salted`() throws {
        let hash = try PasswordHash.hash("secret")
        #expect(hash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(try PasswordHash.hash("secret") != hash)
        #expect(!hash.contains("\0"))
    }

    @Test func `What follows a U+0000 counts, and composed and decomposed letters are two passwords`() throws {
        let hash = try PasswordHash.hash("a\0b")
        #expect(!PasswordHash.verify("a\0c", hash) && !PasswordHash.verify("a", hash))
        #expect(!PasswordHash.verify("e\u{301}", try PasswordHash.hash("\u{e9}")))
    }

    @Test func `A hash that somebody else's libsodium or argon2 made is understood`() {
        // By the reference program: argon2id, "password", "somesalt", t=2, m=64 MiB, p=1.
        let reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        #expect(PasswordHash.verify("password", reference))
        #expect(!PasswordHash.verify("passwore", reference))
        #expect(PasswordHash.needsRehash(reference), "it has other parameters than today's")
    }

    @Test(arguments: ["", "$argon2id$", "secret", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$abcdefghijklmnopqrstuv"])
    func `What is no hash verifies nothing and wants to be made anew`(hash: String) {
        #expect(!PasswordHash.verify("", hash) && !PasswordHash.verify("secret", hash))
        #expect(PasswordHash.needsRehash(hash))
    }

    @Test func `A token is 43 characters of base64url, and no two are alike`() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let tokens = (0..<500).map { _ in SecureRandom.token() }
        #expect(Set(tokens).count == 500)
        #expect(tokens.allSatisfy { $0.utf8.count == 43 && $0.utf8.allSatisfy(alphabet.contains) })
        // 256 bits in 43 characters of 6: the last one carries four, so its two low bits are 0.
        #expect(Set(tokens.compactMap(\.utf8.last)).isSubset(of: Set("AEIMQUYcgkosw048".utf8)))
        #expect(Set(tokens.flatMap { $0.utf8 }) == alphabet, "all characters occur")
    }

    @Test func `Random bytes have the asked length and are not all alike`() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(33).count == 33)
        #expect(Set((0..<200).map { _ in SecureRandom.bytes(8) }).count == 200)
        #expect(Set((0..<200).map { _ in SecureRandom.uint64() }).count == 200)
    }

    @Test func `A comparison that takes its time says what == says`() {
        #expect(constantTimeEquals([], []))
        #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2]))
        #expect(!constantTimeEquals([], [0]))
    }
}
