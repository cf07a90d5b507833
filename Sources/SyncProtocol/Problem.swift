package import JSONText

/// An error of the whole request, `application/problem+json`. Every one of them leaves a client's outbox untouched.
package struct Problem: Error, Sendable, Hashable {
    package var status: Int
    /// Stable: `malformed`, `auth_expired`, `not_allowed`, `not_found`, `unknown_client`, `epoch_changed`,
    /// `history_changed`, `mutation_gap`, `cursor_expired`, `too_large`, `mutation_reused`, `schema_too_old`,
    /// `rate_limited`, `unavailable`, `precondition_required`, `precondition_failed`, `conflict`, `invalid`, `internal`.
    package var code: String
    package var title: String
    /// One line: what was wrong, where, and what to do.
    package var detail: String
    package var retryable: Bool
    package var details: JSONObject
    /// Seconds, sent as `Retry-After`.
    package var retryAfter: Int?

    package init(
        status: Int, code: String, title: String, detail: String, retryable: Bool = false,
        details: JSONObject = JSONObject(), retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.retryable = retryable
        self.details = details
        self.retryAfter = retryAfter
    }
}
