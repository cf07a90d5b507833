import AnnotationModel
import JSONText
import SyncProtocol
import Testing

@Suite struct `Problems` {
    static let id = EntityID(high: 0x0199_0000_0000_7000, low: 0x8000_0000_0000_0001)

    static let all: [(Problem, Int, String, Bool, [String])] = [
        (.malformed("x", index: 1, n: 2), 400, "malformed", false, ["index", "n"]),
        (.malformed("x"), 400, "malformed", false, []),
        (.authExpired(), 401, "auth_expired", false, []),
        (.notAllowed("x"), 403, "not_allowed", false, []),
        (.notFound("x"), 404, "not_found", false, []),
        (.unknownClient(id), 404, "unknown_client", false, ["client_id"]),
        (.epochChanged(current: id), 409, "epoch_changed", false, ["epoch"]),
        (.historyChanged(epoch: id, head: 7), 409, "history_changed", false, ["epoch", "head"]),
        (.mutationGap(expected: 42), 409, "mutation_gap", false, ["expected"]),
        (.conflict("x"), 409, "conflict", false, []),
        (.cursorExpired(horizon: 9), 410, "cursor_expired", false, ["horizon"]),
        (.preconditionFailed("x", current: ["a": 1]), 412, "precondition_failed", false, ["current"]),
        (
            .tooLarge("x"), 413, "too_large", false,
            [
                "row_bytes", "operations_per_mutation", "mutation_row_bytes", "mutations_per_push", "push_bytes",
                "json_depth",
            ]
        ),
        (.mutationReused(n: 3), 422, "mutation_reused", false, ["n"]),
        (.invalid("x"), 422, "invalid", false, []),
        (.schemaTooOld(), 426, "schema_too_old", false, ["schema_version"]),
        (.preconditionRequired(), 428, "precondition_required", false, []),
        (.rateLimited(retryAfter: 5), 429, "rate_limited", true, ["retry_after"]),
        (.internalError("x"), 500, "internal", true, []),
        (.unavailable(retryAfter: 2), 503, "unavailable", true, ["retry_after"]),
    ]

    @Test(arguments: all) func `Each has its status, code and details, and is read as it was written`(
        problem: Problem, status: Int, code: String, retryable: Bool, details: [String]
    ) throws {
        #expect(problem.status == status && problem.code == code && problem.retryable == retryable)
        #expect(problem.details.keys == details)
        #expect(!problem.title.isEmpty && !problem.detail.isEmpty && !problem.detail.contains("\n"))
        let json = try #require(try JSONValue(parsing: problem.encode()).objectValue)
        #expect(json.keys.sorted() == ["code", "detail", "details", "retryable", "status", "title", "type"])
        #expect(Problem(reading: problem.encode(), status: status, retryAfter: problem.retryAfter) == problem)
    }

    @Test func `A client finds what it needs in the details`() {
        #expect(Problem.epochChanged(current: Self.id).currentEpoch == Self.id.text)
        #expect(Problem.mutationGap(expected: 42).expectedN == 42)
        #expect(Problem.cursorExpired(horizon: 9).horizon == 9)
        #expect(Problem.mutationReused(n: 3).faultyN == 3)
        #expect(Problem.notFound("x").expectedN == nil)
    }

    @Test(arguments: [
        (502, "unavailable", true), (503, "unavailable", true), (504, "unavailable", true), (429, "rate_limited", true),
        (401, "auth_expired", false), (403, "not_allowed", false), (404, "not_found", false), (413, "too_large", false),
        (418, "malformed", false), (500, "internal", false),
    ]) func `A page of some proxy is a problem by its status`(status: Int, code: String, retryable: Bool) {
        for body in ["<html>Bad gateway</html>", "", "[]", "{}", #"{"message":"no"}"#] {
            let problem = Problem(reading: bytes(body), status: status)
            #expect(problem.status == status && problem.code == code && problem.retryable == retryable)
        }
    }
}

@Suite struct `Tags` {
    @Test(arguments: [0, 1, 0x77ab, UInt64.max]) func `A tag is sixteen hex digits`(bits: UInt64) {
        #expect(Tag(bits: bits).text.utf8.count == 16)
        #expect(Tag(Tag(bits: bits).text) == Tag(bits: bits))
    }

    @Test(arguments: [
        "", "0", "+000000000000001", "00000000000000G1", "00000000000000A1", "00000000000000011", "é00000000000000",
    ])
    func `Anything else is none`(text: String) {
        #expect(Tag(text) == nil)
    }
}
