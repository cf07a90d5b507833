/// The keys of one object while it is read, to find one that stands twice. Most objects are small and have none.
struct KeySet {
    private var keys: [String] = []
    /// A bit for each key that is there, by its ends: a key whose bit is not set is new.
    private var marks: UInt64 = 0
    private var large: Set<ByteString>?

    private static var linearLimit: Int { 24 }

    /// False where the key is there already.
    mutating func insert(_ key: String) -> Bool {
        if large != nil { return large?.insert(ByteString(key)).inserted ?? true }
        let mark = Self.mark(of: key)
        if marks & mark != 0, keys.contains(where: { UTF8Bytes.equal($0, key) }) { return false }
        marks |= mark
        if keys.isEmpty { keys.reserveCapacity(12) }
        keys.append(key)
        if keys.count == Self.linearLimit { large = Set(keys.map { ByteString($0) }) }
        return true
    }

    private static func mark(of key: String) -> UInt64 {
        var hash = key.utf8.count &* 7
        if let first = key.utf8.first, let last = key.utf8.last { hash &+= Int(first) &* 5 &+ Int(last) &* 11 }
        return 1 << UInt64(truncatingIfNeeded: hash & 63)
    }
}
