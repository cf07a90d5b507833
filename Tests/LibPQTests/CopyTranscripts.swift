import LibPQ
import Testing

@Suite("The conversation of a COPY")
struct CopyTranscripts {
    @Test("it is open when the server says so")
    func opening() {
        var machine = CopyOpenMachine<String>(.into)
        play(
            &machine, from: .send(0),
            [
                (.sent, .flush), (.flushed, .fetch), (.busy, .wait(.read)), (.ready(.read), .consume),
                (.consumed, .fetch), (.result(.copyIn, "open"), .done),
            ])
        #expect(machine.opened == "open")
    }

    @Test("a statement that fails or is no COPY opens nothing")
    func notOpening() {
        var failing = CopyOpenMachine<String>(.into)
        play(
            &failing, from: .send(0),
            [(.sent, .flush), (.flushed, .fetch), (.result(.failed, "no table"), .fetch), (.end, .done)])
        #expect(failing.opened == nil)
        #expect(failing.failure == "no table")

        var wrongWay = CopyOpenMachine<String>(.out)
        play(
            &wrongWay, from: .send(0), [(.sent, .flush), (.flushed, .fetch), (.result(.copyIn, ""), .abandon)])
    }

    @Test("a block that libpq has no room for is offered again after writing; a blocked flush reads too")
    func writing() {
        var machine = CopyWriteMachine<String>()
        play(
            &machine, from: .send(0),
            [
                (.busy, .flush), (.blocked, .wait([.read, .write])), (.ready(.read), .consume), (.consumed, .flush),
                (.flushed, .send(0)), (.sent, .flush), (.blocked, .wait([.read, .write])), (.ready(.write), .flush),
                (.flushed, .done),
            ])
    }

    @Test("rows are read until there are enough")
    func reading() {
        var machine = CopyReadMachine<String>()
        play(
            &machine, from: .send(0),
            [(.busy, .wait(.read)), (.ready(.read), .consume), (.consumed, .send(0)), (.sent, .done)])
        #expect(!machine.isDrained)
    }

    @Test("after the data comes the command's own result")
    func readingTheEnd() {
        var machine = CopyReadMachine<String>()
        play(
            &machine, from: .send(0),
            [
                (.end, .fetch), (.busy, .wait(.read)), (.ready(.read), .consume), (.consumed, .fetch),
                (.result(.command, "COPY 3"), .fetch), (.end, .done),
            ])
        #expect(machine.isDrained)
        #expect(machine.output == "COPY 3")
    }

    @Test("data that end early are told by the result")
    func readingAFailure() {
        var machine = CopyReadMachine<String>()
        play(&machine, from: .send(0), [(.end, .fetch), (.result(.failed, "cancelled"), .fetch), (.end, .done)])
        #expect(machine.failure == "cancelled")
        #expect(machine.output == nil)
    }
}
