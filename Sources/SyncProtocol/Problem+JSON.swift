package import JSONText

extension Problem {
    /// The body of `application/problem+json`.
    package var json: JSONObject {
        [
            "type": .string("urn:manicule:problem:\(code)"), "title": .string(title),
            "status": .number(Double(status)), "code": .string(code), "detail": .string(detail),
            "retryable": .bool(retryable), "details": .object(details),
        ]
    }

    package func encode() -> [UInt8] { json.canonicalBytes() }

    /// What an answer with an error status says. `retryAfter` is its header's.
    ///
    /// Never fails: an answer that is no problem of ours (a proxy's page) becomes one, retryable where its status is.
    package init(reading body: [UInt8], status: Int, retryAfter: Int? = nil) {
        let object = (try? JSONValue(parsing: body, options: .wire))?.objectValue ?? JSONObject()
        let isOurs = object["code"]?.stringValue != nil
        let isPassing = status == 429 || status == 502 || status == 503 || status == 504
        let fallback =
            switch status {
            case 401: "auth_expired"
            case 403: "not_allowed"
            case 404: "not_found"
            case 413: "too_large"
            case 429: "rate_limited"
            case 400..<500: "malformed"
            case 502...504: "unavailable"
            default: "internal"
            }
        self.init(
            status: status, code: object["code"]?.stringValue ?? fallback,
            title: object["title"]?.stringValue ?? "HTTP status \(status)",
            detail: object["detail"]?.stringValue ?? "the answer had the status \(status) and no readable reason",
            retryable: object["retryable"]?.boolValue ?? (isOurs ? false : isPassing),
            details: object["details"]?.objectValue ?? JSONObject(), retryAfter: retryAfter)
    }

    // What the details say, for a client.
    package var currentEpoch: String? { details["epoch"]?.stringValue }
    package var expectedN: Int64? { details["expected"]?.intValue.map { Int64($0) } }
    package var horizon: Int64? { details["horizon"]?.intValue.map { Int64($0) } }
    /// The mutation that is at fault.
    package var faultyN: Int64? { details["n"]?.intValue.map { Int64($0) } }
}
