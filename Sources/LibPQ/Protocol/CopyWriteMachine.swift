/// One block of data on its way into a `COPY … FROM STDIN`: handed to libpq and written.
///
/// The end of the data is a statement's end like any other, and goes through `QueryMachine`.
package struct CopyWriteMachine<Output>: WireMachine {
    private var isTaken = false

    package init() {}

    package mutating func start() -> WireAction { .send(0) }

    package mutating func handle(_ event: WireEvent<Output>) -> WireAction {
        switch event {
        case .sent:
            isTaken = true
            return .flush
        case .busy: return .flush  // no room: write first, then hand the block over again
        case .flushed: return isTaken ? .done : .send(0)
        case .blocked: return .wait([.read, .write])
        case .ready(let ready): return ready.contains(.read) ? .consume : .flush
        case .consumed: return .flush
        case .result, .end: return unexpected(event)
        }
    }
}
