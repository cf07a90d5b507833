package import AnnotationModel
package import JSONText

extension ExchangeReply {
    package func encode() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 128 + results.count * 256 + changes.estimatedBytes)
        writer.beginObject()
        writer.member("epoch", epoch)
        writer.member("last_mutation", lastMutation)
        writer.key("results")
        writer.beginArray()
        for result in results { result.write(to: &writer) }
        writer.endArray()
        writer.key("changes")
        changes.write(to: &writer)
        writer.endObject()
        return writer.finish()
    }

    /// Reads an answer. Unknown members are ignored; rows stay bytes until they are asked for.
    package init(reading bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes, options: .wire)
        var epoch: EntityID?
        var lastMutation: Int64?
        var results: [MutationResult] = []
        var changes: ChangePage?
        try reader.readObject { reader, key throws(JSONError) in
            switch key {
            case "epoch": epoch = try reader.readID()
            case "last_mutation": lastMutation = try reader.readInt64()
            case "results":
                try reader.readArray { reader throws(JSONError) in results.append(try MutationResult(&reader)) }
            case "changes": changes = try ChangePage(&reader)
            default: try reader.skipValue()
            }
        }
        try reader.expectEnd()
        self.init(
            epoch: try reader.required(epoch, "epoch"),
            lastMutation: try reader.required(lastMutation, "last_mutation"),
            results: results, changes: try reader.required(changes, "changes"))
    }
}

/// The body of the answer to `GET …/sync/changes`.
package struct ChangesReply: Sendable {
    package var epoch: EntityID
    package var changes: ChangePage

    package init(epoch: EntityID, changes: ChangePage) {
        self.epoch = epoch
        self.changes = changes
    }

    package func encode() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 64 + changes.estimatedBytes)
        writer.beginObject()
        writer.member("epoch", epoch)
        writer.key("changes")
        changes.write(to: &writer)
        writer.endObject()
        return writer.finish()
    }

    package init(reading bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes, options: .wire)
        var epoch: EntityID?
        var changes: ChangePage?
        try reader.readObject { reader, key throws(JSONError) in
            switch key {
            case "epoch": epoch = try reader.readID()
            case "changes": changes = try ChangePage(&reader)
            default: try reader.skipValue()
            }
        }
        try reader.expectEnd()
        self.init(epoch: try reader.required(epoch, "epoch"), changes: try reader.required(changes, "changes"))
    }
}
