import Digest
import Testing

@Suite struct `SHA-256` {
    /// The examples of FIPS 180-4 and of NIST.
    static let vectors: [(String, String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ]

    @Test(arguments: vectors) func `Known texts have their known hash`(text: String, hex: String) {
        #expect(SHA256.hash(text).hex == hex)
        #expect(SHA256.hash(Array(text.utf8)).hex == hex)
        #expect(SHA256.hash(text.utf8.lazy.map { $0 }).hex == hex, "also of bytes that lie nowhere together")
    }

    @Test func `A text that comes in pieces has the same hash, and may go on after it was asked for`() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for size in [1, 7, 63, 64, 65, 1000] {
            var hasher = SHA256.Hasher()
            for start in stride(from: 0, to: bytes.count, by: size) {
                hasher.update(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(hasher.finalize() == SHA256.hash(bytes))
            #expect(hasher.finalize() == SHA256.hash(bytes))
            hasher.update([1])
            #expect(hasher.finalize() == SHA256.hash(bytes + [1]))
        }
        var untouched = SHA256.Hasher()
        untouched.update([])
        #expect(untouched.finalize() == SHA256.hash(""))
    }

    @Test func `Texts that only look alike have different hashes`() {
        #expect(SHA256.hash("\u{e9}") != SHA256.hash("e\u{301}"))
    }

    @Test func `A digest is its 32 bytes and its 64 hex digits`() {
        let digest = SHA256.hash("abc")
        #expect(SHA256Digest(bytes: digest.bytes) == digest && digest.bytes.count == 32)
        #expect(digest.bytes.prefix(4) == [0xba, 0x78, 0x16, 0xbf])
        #expect(SHA256Digest(hex: digest.hex) == digest && digest.hex.utf8.count == 64)
        #expect("\(digest)" == digest.hex)
    }

    @Test func `Digests sort as their hex does`() {
        let digests = (0..<200).map { SHA256.hash("\($0)") }
        #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
        #expect(Set(digests + digests).count == 200)
    }

    @Test(arguments: [
        "", "ab", String(repeating: "a", count: 63), String(repeating: "a", count: 65),
        String(repeating: "A", count: 64),
        String(repeating: "g", count: 64), String(repeating: "a", count: 62) + "é",
        " " + String(repeating: "a", count: 63),
        String(repeating: "０", count: 64),
    ]) func `What is no lower-case hex of 64 digits is no digest`(hex: String) {
        #expect(SHA256Digest(hex: hex) == nil)
    }

    @Test(arguments: [0, 31, 33]) func `What has not 32 bytes is no digest`(count: Int) {
        #expect(SHA256Digest(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }
}
