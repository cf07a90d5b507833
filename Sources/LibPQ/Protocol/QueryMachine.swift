/// One statement, and all its results up to the end. A simple query may have several.
///
/// While libpq cannot write everything, the machine waits for reading too and reads: a server that is itself blocked on
/// writing would otherwise never read the rest.
package struct QueryMachine<Output>: WireMachine {
    /// The result of the last statement that succeeded.
    package private(set) var output: Output?
    package private(set) var failure: Output?
    private var isFlushed = false

    package init() {}

    package mutating func start() -> WireAction { .send(0) }

    package mutating func handle(_ event: WireEvent<Output>) -> WireAction {
        switch event {
        case .sent: return .flush
        case .flushed:
            isFlushed = true
            return .fetch
        case .blocked: return .wait([.read, .write])
        case .ready(let ready): return ready.contains(.read) ? .consume : .flush
        case .consumed: return isFlushed ? .fetch : .flush
        case .busy: return .wait(.read)
        case .end: return .done
        case .result(let status, let output):
            switch status {
            case .command, .tuples, .empty:
                self.output = output
                return .fetch
            case .failed:
                failure = failure ?? output
                return .fetch
            case .singleRow, .copyIn, .copyOut, .pipelineSync, .pipelineAborted, .other:
                return .abandon
            }
        }
    }
}
