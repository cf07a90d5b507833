/// Many statements behind one sync: sent as fast as the socket takes them, their results taken in the order of sending.
///
/// libpq ends the results of each statement with NULL, but not those of the sync. After an error the server skips
/// everything up to the sync, so the machine goes on until the sync has come back: then the connection is in order again.
package struct PipelineMachine<Output>: WireMachine {
    /// The last result of each step; nil for those that were not run.
    package private(set) var outputs: [Output?]
    /// The first step that failed, and how.
    package private(set) var failure: (step: Int, output: Output)?

    private let sizes: [Int]
    private let flushThreshold: Int
    private var sent = 0
    private var isSyncSent = false
    private var unflushed = 0
    private var isBlocked = false
    private var received = 0

    /// `sizes` are the bytes that each step will put into libpq's buffer, about. The machine lets it grow to
    /// `flushThreshold` before it writes.
    package init(sizes: [Int], flushThreshold: Int = 65_536) {
        self.sizes = sizes
        self.flushThreshold = flushThreshold
        outputs = Array(repeating: nil, count: sizes.count)
    }

    package mutating func start() -> WireAction { sendMore() }

    package mutating func handle(_ event: WireEvent<Output>) -> WireAction {
        switch event {
        case .sent:
            return unflushed >= flushThreshold || isSyncSent ? .flush : sendMore()
        case .flushed:
            unflushed = 0
            isBlocked = false
            return isSyncSent ? .fetch : sendMore()
        case .blocked:
            isBlocked = true
            return .wait([.read, .write])
        case .ready(let ready):
            return ready.contains(.read) ? .consume : .flush
        case .consumed:
            return fetchOrGoOn()
        case .busy:
            return isBlocked ? .flush : .wait(.read)
        case .end:
            received += 1
            // A sync that fails has an end too. More of them only come from a connection that is gone.
            return received > sizes.count + 1 ? .abandon : fetchOrGoOn()
        case .result(let status, let output):
            return take(status, output)
        }
    }

    private mutating func sendMore() -> WireAction {
        if sent == sizes.count {
            isSyncSent = true
            return .sync
        }
        unflushed += sizes[sent]
        sent += 1
        return .send(sent - 1)
    }

    /// libpq gives a spurious NULL when it is asked for the result of a statement that was not sent.
    private func fetchOrGoOn() -> WireAction {
        if received < sent || isSyncSent && !isBlocked { return .fetch }
        return .flush
    }

    private mutating func take(_ status: ResultStatus, _ output: Output) -> WireAction {
        switch status {
        case .command, .tuples, .empty:
            guard received < outputs.count else { return .abandon }
            outputs[received] = output
            return .fetch
        case .failed:
            // A sync can fail too: a deferred constraint is checked there.
            if failure == nil { failure = (received, output) }
            return .fetch
        case .pipelineAborted:
            return .fetch
        case .pipelineSync:
            return .done
        case .singleRow, .copyIn, .copyOut, .other:
            return .abandon
        }
    }
}
