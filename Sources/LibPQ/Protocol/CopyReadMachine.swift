/// The next rows of a `COPY … TO STDOUT`, or the end of its data and the command's own result.
///
/// `send` asks the driver for rows: it answers `sent` when it has enough, `busy` when no further one is complete, `end`
/// when the data are over.
package struct CopyReadMachine<Output>: WireMachine {
    package private(set) var output: Output?
    package private(set) var failure: Output?
    /// The data are over, and the result has been taken.
    package private(set) var isDrained = false
    private var rest = QueryMachine<Output>()

    package init() {}

    package mutating func start() -> WireAction { .send(0) }

    package mutating func handle(_ event: WireEvent<Output>) -> WireAction {
        switch event {
        case .sent where !isDrained: return .done
        case .busy: return .wait(.read)
        case .ready: return .consume
        case .consumed: return isDrained ? .fetch : .send(0)
        case .end where !isDrained:
            isDrained = true
            return .fetch
        case .result where isDrained, .end:
            let action = rest.handle(event)
            output = rest.output
            failure = rest.failure
            return action
        case .sent, .result, .flushed, .blocked: return unexpected(event)
        }
    }
}
