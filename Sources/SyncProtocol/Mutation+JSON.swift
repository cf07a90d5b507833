import AnnotationModel
import JSONText

// A mutation on the wire: {"n": 41, "made_at": "…", "atomic": true, "ops": […]}, or {"n": 41, "void": true}.

extension Mutation {
    /// The canonical bytes: what the outbox stores and every push repeats. The fields of an update come sorted.
    package func encode() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        if atomic { writer.member("atomic", true) }
        if let madeAt { writer.member("made_at", madeAt) }
        writer.member("n", n)
        if isVoid {
            writer.member("void", true)
        } else {
            writer.key("ops")
            writer.beginArray()
            for operation in operations { operation.writeCanonical(to: &writer) }
            writer.endArray()
        }
        writer.endObject()
        return writer.finish()
    }

    /// The bytes that stand in for mutation `n`, which could not be sent.
    package static func void(n: Int64) -> Mutation { Mutation(n: n, isVoid: true, operations: []) }

    /// Reads a mutation of which every operation is readable, as from an outbox.
    package init(reading bytes: [UInt8]) throws(Refusal) {
        guard let received = ReceivedMutation(reading: bytes) else {
            throw Refusal(.malformed, "the mutation has no readable n")
        }
        var operations: [Operation] = []
        for operation in try received.content.get() { operations.append(try operation.get()) }
        self.init(
            n: received.n, madeAt: received.madeAt, atomic: received.atomic, isVoid: received.isVoid,
            operations: operations)
    }
}

extension ReceivedMutation {
    /// Reads a mutation cut out of a request; nil where its `n` cannot be read.
    ///
    /// Everything else that is wrong is in `content`: the mutation is stored as refused, the request goes on.
    package init?(reading bytes: [UInt8]) {
        do throws(Refusal) {
            try self.init(strictly: bytes)
        } catch {
            guard let n = Self.number(in: bytes) else { return nil }
            self.init(n: n, madeAt: nil, atomic: false, isVoid: false, bytes: bytes, content: .failure(error))
        }
    }

    private init(strictly bytes: [UInt8]) throws(Refusal) {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes, options: JSONReader.Options(maxDepth: Limits.jsonDepth))
        } catch {
            throw Refusal(error.code == .size ? .tooLarge : .malformed, "the mutation cannot be read: \(error)")
        }
        guard let object = json.objectValue else { throw Refusal(.malformed, "a mutation must be an object") }
        let reader = RequestFields(object, of: "a mutation")
        guard let n = object["n"]?.intValue, n > 0 else {
            throw Refusal(.malformed, "the member “n” must be a whole number from 1")
        }
        try reader.allow(["n", "made_at", "atomic", "void", "ops"])
        let isVoid = try reader.bool("void")
        let operations = try Self.operations(object["ops"], isVoid: isVoid)
        self.init(
            n: Int64(n), madeAt: try reader.time("made_at"), atomic: try reader.bool("atomic"), isVoid: isVoid,
            bytes: bytes, content: .success(operations))
    }

    private static func operations(
        _ json: JSONValue?, isVoid: Bool
    ) throws(Refusal) -> [Result<Operation, Refusal>] {
        if isVoid && json == nil { return [] }
        guard let elements = json?.arrayValue else { throw Refusal(.malformed, "the member “ops” must be an array") }
        guard isVoid == elements.isEmpty else {
            throw Refusal(
                .malformed,
                isVoid ? "a void mutation has no operations" : "a mutation has at least one operation, or is void")
        }
        guard elements.count <= Limits.operationsPerMutation else {
            throw Refusal(
                .tooLarge,
                "the mutation has \(elements.count) operations; at most \(Limits.operationsPerMutation) are allowed")
        }
        return elements.map { element in
            do throws(Refusal) { return .success(try Operation(json: element)) } catch { return .failure(error) }
        }
    }

    /// The one `n` among the outermost members of a text that need not be readable as a whole, nor end.
    static func number(in bytes: [UInt8]) -> Int64? {
        let options = JSONReader.Options(rejectsDuplicateKeys: false, rejectsNUL: false)
        var reader = JSONReader(JSONRepair.repaired(bytes), options: options)
        var found: [Int] = []
        do throws(JSONError) {
            try reader.readObject { reader, key throws(JSONError) in
                guard ExactString.equal(key, "n") else { return try reader.skipValue() }
                // A second one makes it a guess.
                found.append(try reader.readInt())
            }
        } catch {
            // What was read before the fault is still true.
        }
        guard found.count == 1, found[0] > 0 else { return nil }
        return Int64(found[0])
    }
}
