/// The rows of one statement, a few at a time: what has arrived is taken, and the next call goes on behind it.
///
/// It ends when it has rows and no further one is there, or with the statement. How many rows that are is bounded by
/// libpq's buffer: nothing is read from the socket while there is a row to give.
package struct RowMachine<Output>: WireMachine {
    package private(set) var rows: [Output] = []
    /// The result behind the last row.
    package private(set) var last: Output?
    package private(set) var failure: Output?
    /// The statement is over.
    package private(set) var isDrained = false
    private let isSent: Bool
    private var isFlushed: Bool

    /// `isSent` when the statement is on its way and only rows are to be taken.
    package init(isSent: Bool) {
        self.isSent = isSent
        isFlushed = isSent
    }

    package mutating func start() -> WireAction { isSent ? .fetch : .send(0) }

    package mutating func handle(_ event: WireEvent<Output>) -> WireAction {
        switch event {
        case .sent: return .flush
        case .flushed:
            isFlushed = true
            return .fetch
        case .blocked: return .wait([.read, .write])
        case .ready(let ready): return ready.contains(.read) ? .consume : .flush
        case .consumed: return isFlushed ? .fetch : .flush
        // Behind a failure comes the end, or the end of the connection: which one is part of the failure.
        case .busy: return rows.isEmpty || failure != nil ? .wait(.read) : .done
        case .end:
            isDrained = true
            return .done
        case .result(let status, let output):
            switch status {
            case .singleRow:
                rows.append(output)
                return .fetch
            case .command, .tuples, .empty:
                last = output
                return .fetch
            case .failed:
                failure = failure ?? output
                return .fetch
            case .copyIn, .copyOut, .pipelineSync, .pipelineAborted, .other:
                return .abandon
            }
        }
    }
}
