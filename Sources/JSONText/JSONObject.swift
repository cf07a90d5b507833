/// The members of a JSON object, in the order in which they were inserted; equality ignores that order.
///
/// Keys are compared by their bytes. A lookup is linear in small objects and hashed in larger ones.
package struct JSONObject: Sendable {
    package typealias Member = (key: String, value: JSONValue)

    package private(set) var members: [Member]
    /// Where each key is; only kept above `linearLimit`.
    private var index: [ByteString: Int]?

    private static var linearLimit: Int { 12 }

    package init() {
        members = []
    }

    /// Members in this order; of several with one key the last value stands, at the first one's place.
    package init(_ members: some Sequence<(String, JSONValue)>) {
        self.init()
        for (key, value) in members { self[key] = value }
    }

    package init(reservingCapacity capacity: Int) {
        self.init()
        members.reserveCapacity(capacity)
    }

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }
    package var keys: [String] { members.map(\.key) }
    package var values: [JSONValue] { members.map(\.value) }

    package func contains(_ key: String) -> Bool {
        position(of: key) != nil
    }

    /// The value of `key`. A new key goes to the end, a known one keeps its place, and nil removes it.
    ///
    /// A member that is JSON's null is `.some(.null)`: say `object["k"] = .some(.null)` or `JSONValue.null`.
    package subscript(key: String) -> JSONValue? {
        get {
            position(of: key).map { members[$0].value }
        }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil): remove(at: position)
            case (nil, let value?): appendUnchecked(key, value)
            case (nil, nil): break
            }
        }
    }

    package subscript(key: String, default fallback: @autoclosure () -> JSONValue) -> JSONValue {
        get { self[key] ?? fallback() }
        set { self[key] = newValue }
    }

    @discardableResult
    package mutating func removeValue(forKey key: String) -> JSONValue? {
        let old = self[key]
        self[key] = nil
        return old
    }

    func position(of key: String) -> Int? {
        if let index { return index[ByteString(key)] }
        return members.firstIndex { UTF8Bytes.equal($0.key, key) }
    }

    /// Appends a member whose key is known to be new.
    mutating func appendUnchecked(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if index != nil {
            index?[ByteString(key)] = members.count - 1
        } else if members.count > Self.linearLimit {
            rebuildIndex()
        }
    }

    private mutating func remove(at position: Int) {
        members.remove(at: position)
        guard index != nil else { return }
        index = nil
        if members.count > Self.linearLimit { rebuildIndex() }
    }

    private mutating func rebuildIndex() {
        var fresh: [ByteString: Int] = Dictionary(minimumCapacity: members.count * 2)
        for (position, member) in members.enumerated() { fresh[ByteString(member.key)] = position }
        index = fresh
    }
}

extension JSONObject: Hashable {
    package static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.members.allSatisfy { member in b[member.key] == member.value }
    }

    package func hash(into hasher: inout Hasher) {
        // A sum, since the order of members does not count.
        var sum = 0
        for member in members {
            var one = Hasher()
            UTF8Bytes.hash(member.key, into: &one)
            one.combine(member.value)
            sum &+= one.finalize()
        }
        hasher.combine(members.count)
        hasher.combine(sum)
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> IndexingIterator<[Member]> {
        members.makeIterator()
    }

    package var underestimatedCount: Int { members.count }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self.init(members)
    }
}
