package import AnnotationModel
package import JSONText

extension Limits {
    /// The limits as a client is told them.
    package static var json: JSONObject {
        [
            "row_bytes": .number(Double(rowBytes)), "operations_per_mutation": .number(Double(operationsPerMutation)),
            "mutation_row_bytes": .number(Double(mutationRowBytes)),
            "mutations_per_push": .number(Double(mutationsPerPush)), "push_bytes": .number(Double(pushBytes)),
            "json_depth": .number(Double(jsonDepth)),
        ]
    }
}

// One for each error of the whole request that the protocol knows. `retryable`: the same request may succeed later
// without anybody doing anything.
extension Problem {
    /// `index` and `n`: the mutation whose fault it is.
    package static func malformed(_ detail: String, index: Int? = nil, n: Int64? = nil) -> Problem {
        var details = JSONObject()
        if let index { details["index"] = .number(Double(index)) }
        if let n { details["n"] = .number(Double(n)) }
        return Problem(status: 400, code: "malformed", title: "Malformed request", detail: detail, details: details)
    }

    package static func authExpired(
        _ detail: String = "the token is missing, unknown, expired or revoked; log in again"
    ) -> Problem {
        Problem(status: 401, code: "auth_expired", title: "Not authenticated", detail: detail)
    }

    package static func notAllowed(_ detail: String) -> Problem {
        Problem(status: 403, code: "not_allowed", title: "Not allowed", detail: detail)
    }

    package static func notFound(_ detail: String) -> Problem {
        Problem(status: 404, code: "not_found", title: "Not found", detail: detail)
    }

    package static func unknownClient(_ id: EntityID) -> Problem {
        Problem(
            status: 404, code: "unknown_client", title: "Unknown client",
            detail: "the client \(id) is not registered; PUT /v1/sync/clients/\(id) first",
            details: ["client_id": .string(id.text)])
    }

    package static func epochChanged(current: EntityID) -> Problem {
        Problem(
            status: 409, code: "epoch_changed", title: "Another history",
            detail: "the project's history began anew; take a snapshot and send again what it lacks",
            details: ["epoch": .string(current.text)])
    }

    package static func historyChanged(epoch: EntityID, head: Int64) -> Problem {
        Problem(
            status: 409, code: "history_changed", title: "Another history",
            detail: "the cursor does not lie in this history; take a snapshot and send again what it lacks",
            details: ["epoch": .string(epoch.text), "head": .number(Double(head))])
    }

    package static func mutationGap(expected: Int64) -> Problem {
        Problem(
            status: 409, code: "mutation_gap", title: "A mutation is missing",
            detail: "mutation \(expected) is expected next; send from there",
            details: ["expected": .number(Double(expected))])
    }

    package static func conflict(_ detail: String, details: JSONObject = JSONObject()) -> Problem {
        Problem(status: 409, code: "conflict", title: "Conflict", detail: detail, details: details)
    }

    package static func cursorExpired(horizon: Int64) -> Problem {
        Problem(
            status: 410, code: "cursor_expired", title: "Cursor too old",
            detail: "the log begins after \(horizon); take a snapshot", details: ["horizon": .number(Double(horizon))])
    }

    package static func preconditionFailed(_ detail: String, current: JSONValue) -> Problem {
        Problem(
            status: 412, code: "precondition_failed", title: "Changed meanwhile", detail: detail,
            details: ["current": current])
    }

    /// The details are the limits of the protocol, unless others are given.
    package static func tooLarge(_ detail: String, details: JSONObject = Limits.json) -> Problem {
        Problem(status: 413, code: "too_large", title: "Too large", detail: detail, details: details)
    }

    package static func mutationReused(n: Int64) -> Problem {
        Problem(
            status: 422, code: "mutation_reused", title: "Mutation number used twice",
            detail: "mutation \(n) was received before with other bytes; go on under a new client id",
            details: ["n": .number(Double(n))])
    }

    package static func invalid(_ detail: String, details: JSONObject = JSONObject()) -> Problem {
        Problem(status: 422, code: "invalid", title: "Invalid content", detail: detail, details: details)
    }

    package static func schemaTooOld(required: Int = Limits.schemaVersion) -> Problem {
        Problem(
            status: 426, code: "schema_too_old", title: "Client too old",
            detail: "this server speaks schema version \(required); update the client",
            details: ["schema_version": .number(Double(required))])
    }

    package static func preconditionRequired(
        _ detail: String = "send If-Match with the ETag of the row that you saw"
    ) -> Problem {
        Problem(status: 428, code: "precondition_required", title: "Precondition required", detail: detail)
    }

    package static func rateLimited(retryAfter: Int, _ detail: String = "too many requests; wait") -> Problem {
        Problem(
            status: 429, code: "rate_limited", title: "Too many requests", detail: detail, retryable: true,
            details: ["retry_after": .number(Double(retryAfter))], retryAfter: retryAfter)
    }

    package static func internalError(_ detail: String) -> Problem {
        Problem(status: 500, code: "internal", title: "Internal error", detail: detail, retryable: true)
    }

    package static func unavailable(
        retryAfter: Int, _ detail: String = "the server cannot serve this now; try again"
    ) -> Problem {
        Problem(
            status: 503, code: "unavailable", title: "Unavailable", detail: detail, retryable: true,
            details: ["retry_after": .number(Double(retryAfter))], retryAfter: retryAfter)
    }
}
