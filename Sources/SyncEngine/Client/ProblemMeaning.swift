import JSONText
package import SyncProtocol

/// What an error of the whole request asks of a client. None of them touches the outbox by itself.
package enum ProblemMeaning: Sendable, Hashable {
    /// Keep the outbox, get another token, send the same.
    case renewToken
    /// The role does not suffice, or the program is too old: a person has to do something.
    case refused
    /// The project is not there for this user: drop its rows, keep the outbox where it can be exported.
    case quarantine
    case registerAgain
    /// Another history, or the cursor is below its horizon: a fresh snapshot, and the outbox from there.
    case bootstrap
    /// The history expects this number: resend from there if those bytes are still here, else fork.
    case resend(from: Int64)
    case fork
    /// One mutation makes the request unreadable: keep it as rejected and send a void in its place.
    case void(n: Int64)
    /// The request was too large: send less of it.
    case sendLess
    /// Try the same again after a while.
    case wait(seconds: Int?)
    /// A defect on one of the two sides.
    case failed

    package init(_ problem: Problem) {
        let n = problem.details["n"]?.intValue.map(Int64.init)
        self =
            switch (problem.status, problem.code) {
            case (401, _): .renewToken
            case (404, "unknown_client"): .registerAgain
            case (404, "not_found"): .quarantine
            case (403, _), (426, _): .refused
            case (409, "epoch_changed"), (409, "history_changed"), (410, _): .bootstrap
            case (409, "mutation_gap"):
                (problem.details["expected"]?.intValue).map { .resend(from: Int64($0)) } ?? .fork
            case (422, "mutation_reused"): .fork
            case (400, _) where n != nil, (413, _) where n != nil: .void(n: n ?? 0)
            case (413, _): .sendLess
            case (429, _), (503, _): .wait(seconds: problem.retryAfter)
            default: problem.retryable ? .wait(seconds: problem.retryAfter) : .failed
            }
    }
}
