import LibPQ

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The prepared statements of one connection, the least recently used given up first.
struct StatementCache {
    /// What makes two statements the same to the server: the text byte by byte, and the types of the parameters.
    struct Key: Hashable {
        let sql: String
        /// Only the types in them count; taken as they are, because a key is made for each statement that runs.
        let slots: [Parameters.Slot]

        static func == (left: Key, right: Key) -> Bool {
            guard left.slots.count == right.slots.count else { return false }
            for index in left.slots.indices where left.slots[index].type != right.slots[index].type { return false }
            let isEqual = left.sql.utf8.withContiguousStorageIfAvailable { left in
                right.sql.utf8.withContiguousStorageIfAvailable { right in
                    guard left.count == right.count, let first = left.baseAddress, let second = right.baseAddress
                    else { return left.count == right.count }
                    return memcmp(first, second, left.count) == 0
                }
            }
            return (isEqual ?? nil) ?? left.sql.utf8.elementsEqual(right.sql.utf8)
        }

        func hash(into hasher: inout Hasher) {
            for slot in slots { hasher.combine(slot.type) }
            let isHashed: Void? = sql.utf8.withContiguousStorageIfAvailable { utf8 in
                hasher.combine(bytes: UnsafeRawBufferPointer(utf8))
            }
            if isHashed == nil { Array(sql.utf8).withUnsafeBytes { hasher.combine(bytes: $0) } }
        }
    }

    private struct Entry {
        let name: String
        var lastUse: Int
    }

    /// 0 keeps nothing.
    let capacity: Int
    /// Names that the server still knows and nobody will use.
    private(set) var abandoned: [String] = []
    private var entries: [Key: Entry] = [:]
    private var uses = 0
    private var names = 0
    /// Of this connection alone: behind a pooler, two that met on one server connection must not take each other's
    /// statements for their own.
    private let prefix = "m" + String(UInt64.random(in: .min ... .max), radix: 36) + "_"

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { entries.count }

    /// The name under which the server knows the statement.
    mutating func name(of key: Key) -> String? {
        guard let index = entries.index(forKey: key) else { return nil }
        uses += 1
        entries.values[index].lastUse = uses
        return entries.values[index].name
    }

    /// Makes a name for a statement that is about to be prepared.
    mutating func insert(_ key: Key) -> String {
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            remove(oldest.key)
        }
        names += 1
        uses += 1
        let name = "\(prefix)\(names)"
        entries[key] = Entry(name: name, lastUse: uses)
        return name
    }

    /// Forgets a statement that the server may still know.
    mutating func remove(_ key: Key) {
        if let entry = entries.removeValue(forKey: key) { abandoned.append(entry.name) }
    }

    /// Forgets a statement that was never prepared: the server does not know this name.
    mutating func undoInsert(_ key: Key, name: String) {
        if entries[key]?.name == name { entries[key] = nil }
        abandoned.removeAll { $0 == name }
    }

    /// Forgets everything: the server has lost its statements.
    mutating func removeAll() {
        entries = [:]
        abandoned = []
    }

    mutating func takeAbandoned() -> [String] {
        defer { abandoned = [] }
        return abandoned
    }
}
