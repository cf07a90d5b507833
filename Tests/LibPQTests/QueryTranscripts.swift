import LibPQ
import Testing

@Suite("The conversation of one query")
struct QueryTranscripts {
    @Test("sent, flushed, waited for, taken up to the end")
    func plain() {
        var machine = QueryMachine<String>()
        play(
            &machine, from: .send(0),
            [
                (.sent, .flush), (.flushed, .fetch), (.busy, .wait(.read)), (.ready(.read), .consume),
                (.consumed, .fetch), (.busy, .wait(.read)), (.ready(.read), .consume), (.consumed, .fetch),
                (.result(.tuples, "rows"), .fetch), (.end, .done),
            ])
        #expect(machine.output == "rows")
        #expect(machine.failure == nil)
    }

    @Test("a blocked flush waits for reading and writing, and reads before it writes on")
    func blocked() {
        var machine = QueryMachine<String>()
        play(
            &machine, from: .send(0),
            [
                (.sent, .flush), (.blocked, .wait([.read, .write])), (.ready([.read, .write]), .consume),
                (.consumed, .flush), (.blocked, .wait([.read, .write])), (.ready(.write), .flush),
                (.flushed, .fetch), (.result(.command, "ok"), .fetch), (.end, .done),
            ])
        #expect(machine.output == "ok")
    }

    @Test("a simple query has several results; the first failure is the one to tell")
    func several() {
        var machine = QueryMachine<String>()
        play(
            &machine, from: .send(0),
            [
                (.sent, .flush), (.flushed, .fetch), (.result(.command, "a"), .fetch), (.result(.empty, "b"), .fetch),
                (.result(.failed, "first"), .fetch), (.result(.failed, "second"), .fetch), (.end, .done),
            ])
        #expect(machine.output == "b")
        #expect(machine.failure == "first")
    }

    @Test("a COPY where none was expected is given up", arguments: [ResultStatus.copyIn, .copyOut])
    func unexpectedCopy(status: ResultStatus) {
        var machine = QueryMachine<String>()
        play(&machine, from: .send(0), [(.sent, .flush), (.flushed, .fetch), (.result(status, "copy"), .abandon)])
    }
}
