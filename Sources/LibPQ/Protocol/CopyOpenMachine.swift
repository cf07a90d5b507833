/// The statement that opens a COPY: done as soon as the server is ready for data or sends them.
package struct CopyOpenMachine<Output>: WireMachine {
    package enum Direction: Sendable { case into, out }

    /// The server's answer that opens the COPY.
    package private(set) var opened: Output?
    package private(set) var failure: Output?
    private let wanted: ResultStatus
    private var rest = QueryMachine<Output>()

    package init(_ direction: Direction) { wanted = direction == .into ? .copyIn : .copyOut }

    package mutating func start() -> WireAction { rest.start() }

    package mutating func handle(_ event: WireEvent<Output>) -> WireAction {
        if case .result(let status, let output) = event, status == wanted {
            opened = output
            return .done
        }
        let action = rest.handle(event)
        failure = rest.failure
        return action
    }
}
