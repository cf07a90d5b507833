import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import NIOCore

extension Response {
    /// A JSON body. `Cache-Control: no-store` unless the headers say otherwise.
    static func json(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = HTTPFields()
    ) -> Response {
        json(bytes: value.canonicalBytes(), status: status, headers: headers)
    }

    /// A body that is JSON already.
    static func json(
        bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = HTTPFields()
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// The answer to a create: 201 with the place of the new row.
    static func created(_ value: JSONValue, location: String, version: Int64? = nil) -> Response {
        var headers: HTTPFields = [.location: location]
        if let version { headers[.eTag] = "\"\(version)\"" }
        return json(value, status: .created, headers: headers)
    }

    /// One row with its version as ETag.
    static func row(_ value: JSONValue, version: Int64) -> Response {
        json(value, headers: [.eTag: "\"\(version)\""])
    }

    /// One page of a list.
    static func list(_ items: [JSONValue], next: String?) -> Response {
        json(["items": .array(items), "next": next.map { .string($0) } ?? .null])
    }

    /// A page of rows that are written straight into its bytes, which is a good deal cheaper than a tree of values.
    ///
    /// - Parameter isComplete: whether everything that is there could be looked through; told only where not.
    static func list<Item>(
        _ page: Page<Item>, isComplete: Bool = true, write: (Item, inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter(reservingCapacity: 64 + page.items.count * 512)
        writer.object { writer in
            if !isComplete { writer.member("complete", false) }
            writer.key("items")
            writer.array { writer in
                for item in page.items { write(item, &writer) }
            }
            writer.member("next", page.next)
        }
        return json(bytes: writer.finish())
    }

    static let noContent = Response(status: .noContent)
}
