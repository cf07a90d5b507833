import AnnotationModel
package import JSONText

extension OperationResult {
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("status", status.rawValue)
        writer.memberIfPresent("code", code?.rawValue)
        writer.memberIfPresent("message", message)
        if let version { writer.member("version", version) }
        writer.memberIfPresent("alias_of", aliasOf?.text)
        writer.memberIfPresent("conflict_id", conflictID?.text)
        if !conflicts.isEmpty {
            writer.key("conflicts")
            writer.beginArray()
            for conflict in conflicts {
                writer.beginObject()
                writer.member("field", conflict.field)
                writer.member("conflict_id", conflict.conflictID)
                writer.member("applied", conflict.applied)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.memberIfPresent("current", current)
        writer.endObject()
    }

    init(_ reader: inout JSONReader) throws(JSONError) {
        var status: OperationStatus?
        var read = OperationResult(status: .applied)
        try reader.readObject { reader, key throws(JSONError) in
            switch key {
            case "status": status = try reader.readCase()
            case "code": read.code = try reader.readOptional { reader throws(JSONError) in try reader.readCase() }
            case "message":
                read.message = try reader.readOptional { reader throws(JSONError) in try reader.readString() }
            case "version":
                read.version = try reader.readOptional { reader throws(JSONError) in try reader.readInt64() }
            case "alias_of":
                read.aliasOf = try reader.readOptional { reader throws(JSONError) in try reader.readID() }
            case "conflict_id":
                read.conflictID = try reader.readOptional { reader throws(JSONError) in try reader.readID() }
            case "conflicts":
                try reader.readArray { reader throws(JSONError) in read.conflicts.append(try FieldConflict(&reader)) }
            case "current": read.current = try reader.readValue()
            default: try reader.skipValue()
            }
        }
        read.status = try reader.required(status, "status")
        self = read
    }
}

extension FieldConflict {
    init(_ reader: inout JSONReader) throws(JSONError) {
        var field: String?
        var conflictID: EntityID?
        var applied: Bool?
        try reader.readObject { reader, key throws(JSONError) in
            switch key {
            case "field": field = try reader.readString()
            case "conflict_id": conflictID = try reader.readID()
            case "applied": applied = try reader.readBool()
            default: try reader.skipValue()
            }
        }
        self.init(
            field: try reader.required(field, "field"), conflictID: try reader.required(conflictID, "conflict_id"),
            applied: try reader.required(applied, "applied"))
    }
}

extension MutationResult {
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("n", n)
        writer.member("status", status.rawValue)
        writer.memberIfPresent("code", code?.rawValue)
        writer.memberIfPresent("message", message)
        writer.key("ops")
        writer.beginArray()
        for operation in operations { operation.write(to: &writer) }
        writer.endArray()
        writer.endObject()
    }

    init(_ reader: inout JSONReader) throws(JSONError) {
        var n: Int64?
        var status: MutationStatus?
        var read = MutationResult(n: 0, status: .applied)
        try reader.readObject { reader, key throws(JSONError) in
            switch key {
            case "n": n = try reader.readInt64()
            case "status": status = try reader.readCase()
            case "code": read.code = try reader.readOptional { reader throws(JSONError) in try reader.readCase() }
            case "message":
                read.message = try reader.readOptional { reader throws(JSONError) in try reader.readString() }
            case "ops":
                try reader.readArray { reader throws(JSONError) in
                    read.operations.append(try OperationResult(&reader))
                }
            default: try reader.skipValue()
            }
        }
        read.n = try reader.required(n, "n")
        read.status = try reader.required(status, "status")
        self = read
    }

    /// What the database keeps of the result: without `current`, which is read again under the rights of the day.
    package var storedBytes: [UInt8] {
        var stored = self
        for index in stored.operations.indices { stored.operations[index].current = nil }
        var writer = JSONWriter(reservingCapacity: 64 + 48 * operations.count)
        stored.write(to: &writer)
        return writer.finish()
    }

    /// Reads what `storedBytes` gave; its versions are still relative.
    package init(stored bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes, options: .wire)
        try self.init(&reader)
        try reader.expectEnd()
    }

    /// The result with the versions of the log, from those of a plan: one above 0 is the offset from `base`, the head
    /// before the transaction; one below 0 is the version of a row that was left as it was, negated.
    package func shifted(by base: Int64) -> MutationResult {
        var shifted = self
        for index in shifted.operations.indices {
            shifted.operations[index].version = shifted.operations[index].version.map { $0 < 0 ? -$0 : $0 + base }
        }
        return shifted
    }
}
