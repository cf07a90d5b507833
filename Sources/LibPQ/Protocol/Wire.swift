/// What a protocol machine wants to wait for.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let read = Interest(rawValue: 1)
    package static let write = Interest(rawValue: 2)
}

/// What a protocol machine asks to be done. The driver does it and answers with a `WireEvent`.
package enum WireAction: Sendable, Equatable {
    /// Hand the step of this number to libpq.
    case send(Int)
    /// End the pipeline with a sync.
    case sync
    /// Write what libpq has buffered.
    case flush
    /// Wait until the socket can be read or written.
    case wait(Interest)
    /// Read what has arrived into libpq's buffer.
    case consume
    /// Take a result, if one is complete.
    case fetch
    /// The exchange is over.
    case done
    /// The exchange cannot be brought to an orderly end: close the connection.
    case abandon
}

/// What came of an action.
package enum WireEvent<Output> {
    case sent
    /// Everything is written.
    case flushed
    /// The socket takes no more for now.
    case blocked
    case ready(Interest)
    case consumed
    /// No result is complete yet.
    case busy
    case result(ResultStatus, Output)
    /// NULL: the results of one statement are over.
    case end
}

/// A conversation with the server as a pure value: events in, actions out.
package protocol WireMachine<Output> {
    associatedtype Output
    mutating func start() -> WireAction
    mutating func handle(_ event: WireEvent<Output>) -> WireAction
}

extension WireMachine {
    /// An event that the action does not have is a bug of the driver.
    func unexpected(_ event: WireEvent<Output>) -> WireAction {
        assertionFailure("\(event) in \(self)")
        return .abandon
    }
}
