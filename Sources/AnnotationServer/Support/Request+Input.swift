import AnnotationModel
import Foundation
import HTTPTypes
import Hummingbird
import JSONText
import NIOCore
import SyncProtocol

extension Request {
    /// The largest body of everything but a push.
    static let bodyLimit = 1024 * 1024

    /// Reads the body, counting while reading: one byte over the limit is 413, whatever `Content-Length` said.
    func bytes(upTo limit: Int = Request.bodyLimit) async throws -> [UInt8] {
        func tooLarge() -> Problem {
            Problem(
                status: 413, code: "too_large", title: "Too large",
                detail: "the body is larger than \(limit) bytes; send less at once",
                details: ["limit_bytes": .number(Double(limit))])
        }
        if let length = headers[.contentLength].flatMap(Int.init), length > limit { throw tooLarge() }
        var bytes: [UInt8] = []
        for try await chunk in body {
            guard bytes.count + chunk.readableBytes <= limit else { throw tooLarge() }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        return bytes
    }

    /// The body as one JSON object, read strictly.
    func object(upTo limit: Int = Request.bodyLimit) async throws -> RowReader {
        let bytes = try await bytes(upTo: limit)
        do {
            let value = try JSONValue(parsing: bytes, options: .strict)
            guard let object = value.objectValue else { throw Problem.malformed("the body must be one JSON object") }
            return RowReader(object: object)
        } catch let error as JSONError {
            throw Problem.malformed("the body is no valid JSON: \(error.message)")
        }
    }

    /// A query parameter, percent-decoded.
    func query(_ name: String) -> String? { uri.queryParameters.get(name) }

    /// A query parameter that must be an integer in a range.
    func query(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = query(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem.malformed(
                "the parameter \(name) must be an integer from \(range.lowerBound) to \(range.upperBound), not “\(text)”"
            )
        }
        return number
    }

    /// A query parameter that must be a UUID.
    func queryID(_ name: String) throws -> EntityID? {
        guard let text = query(name) else { return nil }
        guard let id = EntityID(text) else {
            throw Problem.malformed("the parameter \(name) must be a UUID, not “\(text)”")
        }
        return id
    }

    /// The version that `If-Match` names: 428 without one.
    func expectedVersion() throws -> Int64 {
        guard let text = headers[.ifMatch] else { throw Problem.preconditionRequired() }
        let digits = text.split(separator: "\"", omittingEmptySubsequences: true)
        guard digits.count == 1, let version = Int64(digits[0]) else {
            throw Problem.malformed("If-Match must be one ETag as the server sent it, like \"1215\"")
        }
        return version
    }
}

extension AppRequestContext {
    /// A path parameter that must be there by the route's shape.
    func path(_ name: String) throws -> String {
        guard let value = parameters.get(name) else { throw Problem.notFound("no such place") }
        guard value.utf8.contains(UInt8(ascii: "%")) else { return String(value) }
        let text = value.removingPercentEncoding ?? value
        // Nothing that is stored has such a name, and the database would not be asked for it.
        guard !text.utf8.contains(0) else { throw Problem.notFound("there is nothing under this name") }
        return text
    }

    /// A path parameter that is an id; anything else is as good as missing.
    func pathID(_ name: String) throws -> EntityID {
        let text = try path(name)
        guard let id = EntityID(text) else { throw Problem.notFound("there is no \(name) “\(text)”") }
        return id
    }
}

extension Request {
    /// A query parameter that must be one of a few words.
    func query(_ name: String, among words: [String]) throws -> String? {
        guard let text = query(name) else { return nil }
        guard words.contains(text) else {
            throw Problem.malformed(
                "the parameter \(name) must be one of \(words.joined(separator: ", ")), not “\(text)”")
        }
        return text
    }
}

extension Request {
    /// How many items of a list are asked for: 100 unless `limit` says otherwise, 1,000 at most.
    func pageLimit() throws -> Int { try query("limit", in: 1...1000) ?? 100 }
}

extension String {
    /// The text as one segment of a path.
    var percentEncoded: String {
        utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
