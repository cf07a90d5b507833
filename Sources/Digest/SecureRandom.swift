internal import CSodium

/// Random bits from the system's source, by libsodium.
package enum SecureRandom {
    package static func bytes(_ count: Int) -> [UInt8] {
        Sodium.ready()
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }

    package static func uint64() -> UInt64 {
        Sodium.ready()
        var value: UInt64 = 0
        randombytes_buf(&value, 8)
        return value
    }

    /// A secret of 256 random bits: 43 characters of base64url without padding.
    package static func token() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes(32) {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Compares without telling by its duration where the difference is. Unequal lengths are unequal at once.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    Sodium.ready()
    return left.count == right.count && sodium_memcmp(left, right, left.count) == 0
}
