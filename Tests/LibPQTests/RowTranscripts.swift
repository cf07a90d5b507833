import LibPQ
import Testing

@Suite("The conversation of a stream of rows")
struct RowTranscripts {
    @Test("what has arrived is taken; the next call goes on behind it, up to the end")
    func batches() {
        var first = RowMachine<String>(isSent: false)
        play(
            &first, from: .send(0),
            [
                (.sent, .flush), (.blocked, .wait([.read, .write])), (.ready(.read), .consume), (.consumed, .flush),
                (.flushed, .fetch), (.busy, .wait(.read)), (.ready(.read), .consume), (.consumed, .fetch),
                (.result(.singleRow, "1"), .fetch), (.result(.singleRow, "2"), .fetch), (.busy, .done),
            ])
        #expect(first.rows == ["1", "2"])
        #expect(!first.isDrained)

        var second = RowMachine<String>(isSent: true)
        play(
            &second, from: .fetch,
            [
                (.busy, .wait(.read)), (.ready(.read), .consume), (.consumed, .fetch),
                (.result(.singleRow, "3"), .fetch), (.result(.tuples, "end"), .fetch), (.end, .done),
            ])
        #expect(second.rows == ["3"])
        #expect(second.last == "end")
        #expect(second.isDrained)
    }

    @Test("behind a failure the end is waited for, even with rows in hand")
    func failure() {
        var machine = RowMachine<String>(isSent: true)
        play(
            &machine, from: .fetch,
            [
                (.result(.singleRow, "1"), .fetch), (.result(.failed, "division by zero"), .fetch),
                (.busy, .wait(.read)), (.ready(.read), .consume), (.consumed, .fetch), (.end, .done),
            ])
        #expect(machine.rows == ["1"])
        #expect(machine.failure == "division by zero")
        #expect(machine.isDrained)
    }

    @Test("a COPY where rows were expected is given up", arguments: [ResultStatus.copyIn, .copyOut, .pipelineSync])
    func unexpected(status: ResultStatus) {
        var machine = RowMachine<String>(isSent: true)
        play(&machine, from: .fetch, [(.result(status, ""), .abandon)])
    }
}
