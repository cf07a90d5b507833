package import AnnotationModel
import JSONText

extension ExchangeRequest {
    /// The body of an exchange as a client sends it; each mutation is the bytes that its outbox has.
    package static func encode(
        clientID: EntityID, schemaVersion: Int = Limits.schemaVersion, cursor: Cursor, limit: Int? = nil,
        mutations: [[UInt8]]
    ) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 300 + mutations.reduce(0) { $0 + $1.count + 1 })
        writer.beginObject()
        writer.member("protocol", Limits.protocolVersion)
        writer.member("client_id", clientID)
        writer.member("schema_version", schemaVersion)
        writer.member("epoch", cursor.epoch)
        writer.member("since", cursor.since)
        writer.member("at", cursor.at?.text)
        writer.memberIfPresent("limit", limit)
        writer.key("mutations")
        writer.beginArray()
        for mutation in mutations { writer.raw(mutation) }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    /// Reads the body of an exchange.
    ///
    /// Unknown members of the envelope are ignored: a newer client may send some. What is wrong inside one mutation is
    /// that mutation's alone, bytes that are no UTF-8 included. Where the fault of one mutation leaves the borders of
    /// the others in doubt, or its `n` unreadable, the 400 names in its details the `index` of that mutation and, as
    /// far as the request tells, the `n` expected there; for the first one see `Problem.expecting(firstN:)`.
    package init(reading bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= Limits.pushBytes else {
            throw .tooLarge(
                "the push has \(bytes.count) bytes, more than \(Limits.pushBytes); send fewer mutations at once")
        }
        let envelope = try Envelope(bytes)
        guard envelope.protocolVersion == Limits.protocolVersion else {
            throw .malformed(
                "the protocol \(envelope.protocolVersion) is not spoken here; send protocol \(Limits.protocolVersion)")
        }
        guard envelope.mutations.count <= Limits.mutationsPerPush else {
            throw .tooLarge(
                "the push has \(envelope.mutations.count) mutations; send at most \(Limits.mutationsPerPush) at once")
        }
        var mutations: [ReceivedMutation] = []
        mutations.reserveCapacity(envelope.mutations.count)
        for (index, range) in envelope.mutations.enumerated() {
            guard let mutation = ReceivedMutation(reading: Array(bytes[range])) else {
                throw .malformed(
                    "mutation \(index) has no readable n; send it again as {\"n\": …, \"void\": true}", index: index,
                    n: mutations.last.map { $0.n + 1 })
            }
            mutations.append(mutation)
        }
        self.init(
            protocolVersion: envelope.protocolVersion, clientID: envelope.clientID,
            schemaVersion: envelope.schemaVersion, cursor: envelope.cursor, limit: envelope.limit, mutations: mutations)
    }

    /// The client that a body names which may not be readable further: it tells which `n` a 400 has to name.
    package static func clientID(in bytes: [UInt8]) -> EntityID? {
        var reader = JSONReader(JSONRepair.repaired(bytes), options: .lenient)
        var found: EntityID?
        do throws(JSONError) {
            try reader.readObject { reader, key throws(JSONError) in
                if ExactString.equal(key, "client_id") { found = try reader.readID() } else { try reader.skipValue() }
            }
        } catch {
            // What was read before the fault is still true.
        }
        return found
    }
}

extension Problem {
    /// The 400 of an unreadable first mutation, told which `n` was expected there.
    package func expecting(firstN n: Int64) -> Problem {
        guard code == "malformed", details["index"]?.intValue == 0, details["n"] == nil else { return self }
        var named = self
        named.details["n"] = .number(Double(n))
        return named
    }
}

/// A request without the insides of its mutations.
private struct Envelope {
    var protocolVersion: Int
    var clientID: EntityID
    var schemaVersion: Int
    var cursor: Cursor
    var limit: Int?
    var mutations: [Range<Int>]

    init(_ bytes: [UInt8]) throws(Problem) {
        do throws(JSONError) {
            var cut = Cut()
            try self.init(bytes, &cut)
        } catch {
            self = try Self(repairing: bytes, error)
        }
    }

    /// Where only strings inside mutations are wrong, the borders can be had from a repaired copy; all outside of them
    /// must be right as it stands.
    private init(repairing bytes: [UInt8], _ error: JSONError) throws(Problem) {
        var cut = Cut()
        let repaired = Result { () throws(JSONError) in try Envelope(JSONRepair.repaired(bytes), &cut) }
        let detail = "the request cannot be read: \(error)"
        if case .failure(let structural) = repaired {
            // A body that merely ends too early is nobody's fault but the line's.
            guard structural.code != .truncated, let start = cut.current else { throw .malformed(detail) }
            let before = cut.ranges.last.flatMap { ReceivedMutation.number(in: Array(bytes[$0])) }
            throw .malformed(
                detail, index: cut.ranges.count,
                n: ReceivedMutation.number(in: Array(bytes[start...])) ?? before.map { $0 + 1 })
        }
        do throws(JSONError) {
            var none = Cut()
            try self.init(JSONRepair.blanked(bytes, cut.ranges), &none)
            mutations = cut.ranges
        } catch {
            throw .malformed(detail)
        }
    }

    /// How far the mutations have been cut out.
    private struct Cut {
        var ranges: [Range<Int>] = []
        /// Where the one begins that is being cut.
        var current: Int?
    }

    private init(_ bytes: [UInt8], _ cut: inout Cut) throws(JSONError) {
        var reader = JSONReader(bytes, options: JSONReader.Options(maxDepth: Limits.jsonDepth))
        var protocolVersion: Int?
        var clientID: EntityID?
        var schemaVersion: Int?
        var epoch: EntityID?
        var since: Int64?
        var at: Tag?
        var limit: Int?
        var progress = Cut()
        defer { cut = progress }
        try reader.readObject { reader, key throws(JSONError) in
            switch key {
            case "protocol": protocolVersion = try reader.readInt()
            case "client_id": clientID = try reader.readID()
            case "schema_version": schemaVersion = try reader.readInt()
            case "epoch": epoch = try reader.readID()
            case "since":
                let place = reader
                since = try reader.readInt64()
                if let since, since < 0 { throw place.invalid("“since” must not be negative") }
            case "at": at = try reader.readOptional { reader throws(JSONError) in try reader.readTag() }
            case "limit":
                let place = reader
                limit = try reader.readOptional { reader throws(JSONError) in try reader.readInt() }
                if let limit, limit < 1 { throw place.invalid("“limit” must be at least 1") }
            case "mutations":
                try reader.readArray { reader throws(JSONError) in
                    progress.current = reader.offset
                    progress.ranges.append(try reader.readRaw())
                    progress.current = nil
                }
            default: try reader.skipValue()
            }
        }
        try reader.expectEnd()
        self.protocolVersion = try reader.required(protocolVersion, "protocol")
        self.clientID = try reader.required(clientID, "client_id")
        self.schemaVersion = try reader.required(schemaVersion, "schema_version")
        cursor = Cursor(
            epoch: try reader.required(epoch, "epoch"), since: try reader.required(since, "since"), at: at)
        self.limit = limit
        mutations = progress.ranges
    }
}
