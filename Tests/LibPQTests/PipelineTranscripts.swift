import LibPQ
import Testing

@Suite("The conversation of a pipeline")
struct PipelineTranscripts {
    @Test("all steps and the sync are sent, then the results come in order: NULL after each query, none after the sync")
    func plain() {
        var machine = PipelineMachine<String>(sizes: [10, 10])
        play(
            &machine, from: .send(0),
            [
                (.sent, .send(1)), (.sent, .sync), (.sent, .flush), (.flushed, .fetch), (.busy, .wait(.read)),
                (.ready(.read), .consume), (.consumed, .fetch), (.result(.command, "a"), .fetch), (.end, .fetch),
                (.result(.tuples, "b"), .fetch), (.end, .fetch), (.result(.pipelineSync, ""), .done),
            ])
        #expect(machine.outputs == ["a", "b"])
        #expect(machine.failure == nil)
    }

    @Test("a pipeline without steps is a sync")
    func empty() {
        var machine = PipelineMachine<String>(sizes: [])
        play(
            &machine, from: .sync,
            [(.sent, .flush), (.flushed, .fetch), (.result(.pipelineSync, ""), .done)])
    }

    @Test("what is sent is written whenever the buffer has grown to the threshold")
    func threshold() {
        var machine = PipelineMachine<String>(sizes: [60, 60, 60], flushThreshold: 100)
        play(
            &machine, from: .send(0),
            [
                (.sent, .send(1)), (.sent, .flush), (.flushed, .send(2)), (.sent, .sync), (.sent, .flush),
                (.flushed, .fetch),
            ])
    }

    @Test("a blocked flush waits for both, takes results that are there, and goes back to writing")
    func blocked() {
        var machine = PipelineMachine<String>(sizes: [200, 200], flushThreshold: 100)
        play(
            &machine, from: .send(0),
            [
                (.sent, .flush), (.blocked, .wait([.read, .write])), (.ready(.read), .consume), (.consumed, .fetch),
                (.busy, .flush), (.blocked, .wait([.read, .write])), (.ready([.read, .write]), .consume),
                (.consumed, .fetch), (.result(.tuples, "a"), .fetch),
                // Nothing else is expected yet: libpq must not be asked for a result.
                (.end, .flush), (.blocked, .wait([.read, .write])), (.ready(.write), .flush), (.flushed, .send(1)),
                (.sent, .flush), (.flushed, .sync), (.sent, .flush), (.blocked, .wait([.read, .write])),
                (.ready(.write), .flush), (.flushed, .fetch), (.result(.tuples, "b"), .fetch), (.end, .fetch),
                (.result(.pipelineSync, ""), .done),
            ])
        #expect(machine.outputs == ["a", "b"])
    }

    @Test("after an error what follows is drained up to the sync")
    func failure() {
        var machine = PipelineMachine<String>(sizes: [10, 10, 10, 10])
        play(
            &machine, from: .send(0),
            [
                (.sent, .send(1)), (.sent, .send(2)), (.sent, .send(3)), (.sent, .sync), (.sent, .flush),
                (.flushed, .fetch), (.result(.command, "a"), .fetch), (.end, .fetch), (.result(.failed, "bad"), .fetch),
                (.end, .fetch), (.result(.pipelineAborted, ""), .fetch), (.end, .fetch), (.busy, .wait(.read)),
                (.ready(.read), .consume), (.consumed, .fetch), (.result(.pipelineAborted, ""), .fetch), (.end, .fetch),
                (.result(.pipelineSync, ""), .done),
            ])
        #expect(machine.outputs == ["a", nil, nil, nil])
        #expect(machine.failure?.step == 1)
        #expect(machine.failure?.output == "bad")
    }

    @Test("a sync can fail by itself, as a deferred constraint does")
    func failureAtSync() {
        var machine = PipelineMachine<String>(sizes: [10])
        play(
            &machine, from: .send(0),
            [
                (.sent, .sync), (.sent, .flush), (.flushed, .fetch), (.result(.command, "a"), .fetch), (.end, .fetch),
                (.result(.failed, "deferred"), .fetch), (.end, .fetch), (.result(.pipelineSync, ""), .done),
            ])
        #expect(machine.failure?.step == 1)
    }

    @Test("a connection that is gone and answers NULL for ever is given up")
    func gone() {
        var machine = PipelineMachine<String>(sizes: [10])
        play(
            &machine, from: .send(0),
            [
                (.sent, .sync), (.sent, .flush), (.flushed, .fetch), (.end, .fetch), (.end, .fetch), (.end, .abandon),
            ])
    }

    @Test("a COPY in a pipeline is given up")
    func copy() {
        var machine = PipelineMachine<String>(sizes: [10])
        play(
            &machine, from: .send(0),
            [(.sent, .sync), (.sent, .flush), (.flushed, .fetch), (.result(.copyIn, ""), .abandon)])
    }
}
