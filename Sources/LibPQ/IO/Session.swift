/// One connection to the server, driven by blocking the thread that it lives on. Not Sendable.
///
/// Its calls are made one at a time, each of them brings the conversation to its end, or the session is broken
/// (`isUsable` is false) and good for nothing but closing.
package final class Session {
    let handle: ConnectionHandle
    package let interrupter: Interrupter
    private var isAbandoned = false
    var isCopying = false
    /// A statement's rows are still to be taken.
    var isStreaming = false
    /// Has answered in a way that makes it unfit for the next user.
    package private(set) var isRetired = false
    /// Somebody has interrupted what it was doing.
    package private(set) var wasInterrupted = false
    /// When waiting for the server ends; nil waits for as long as it takes.
    package var deadline: ContinuousClock.Instant?
    /// Ends the waiting too.
    package var wakeup: Wakeup?

    init(_ handle: ConnectionHandle, _ interrupter: Interrupter) {
        self.handle = handle
        self.interrupter = interrupter
    }

    // MARK: State

    package var transactionStatus: TransactionStatus { handle.transactionStatus }
    package var processID: Int32 { handle.processID }
    package var serverVersion: Int { handle.serverVersion }

    /// Whether another call can be made.
    package var isUsable: Bool { !isAbandoned && !handle.isBad }

    /// Whether the connection is gone, rather than given up.
    package var isLost: Bool { handle.isBad }

    /// Whether the next user may have it: nothing open, nothing half done, no cancel request on its way.
    package var isClean: Bool {
        isUsable && !isCopying && !isStreaming && !isRetired && transactionStatus == .idle && !handle.isInPipelineMode
            && !interrupter.isInterrupted
    }

    /// Looks without waiting whether the server has closed an idle connection.
    package func isAlive() -> Bool {
        guard isUsable else { return false }
        guard SocketWaiter.isReadable(handle.socket) else { return true }
        // A notice or a parameter's new value are fine; an end of the stream is not.
        do { try handle.consumeInput() } catch { return false }
        // This reads the messages. The last words of a server arrive before its socket closes.
        _ = handle.isBusy
        return !handle.isEndedByServer && !handle.isBad && !(SocketWaiter.isReadable(handle.socket) && !canConsume())
    }

    private func canConsume() -> Bool {
        do { try handle.consumeInput() } catch { return false }
        return !handle.isBad
    }

    /// Gives the connection up: it is closed, whatever the server still does.
    package func abandon(isInterrupted: Bool = false) {
        isAbandoned = true
        if isInterrupted { wasInterrupted = true }
    }

    /// Lets the present user go on, and the next one not have it.
    package func retire() { isRetired = true }

    /// What the server said last of one of the settings that it tells by itself.
    package func parameterStatus(_ name: String) -> String? { handle.parameterStatus(name) }

    // MARK: Statements

    /// Runs SQL by the simple protocol, which allows several statements and answers in text.
    package func runSimple(_ sql: String) throws(LibPQError) -> ResultHandle? {
        var machine = QueryMachine<ResultHandle>()
        return try run(&machine) { _ throws(LibPQError) in try handle.sendSimple(sql) }
    }

    package func prepare(name: String, sql: String, types: [UInt32]) throws(LibPQError) {
        var machine = QueryMachine<ResultHandle>()
        _ = try run(&machine) { _ throws(LibPQError) in try handle.sendPrepare(name: name, sql: sql, types: types) }
    }

    package func runPrepared(name: String, _ parameters: Parameters) throws(LibPQError) -> ResultHandle? {
        var machine = QueryMachine<ResultHandle>()
        return try run(&machine) { _ throws(LibPQError) in try handle.sendPrepared(name: name, parameters) }
    }

    package func runUnprepared(sql: String, _ parameters: Parameters) throws(LibPQError) -> ResultHandle? {
        var machine = QueryMachine<ResultHandle>()
        return try run(&machine) { _ throws(LibPQError) in try handle.sendUnprepared(sql: sql, parameters) }
    }

    func run(
        _ machine: inout QueryMachine<ResultHandle>, send: (Int) throws(LibPQError) -> Void
    ) throws(LibPQError) -> ResultHandle? {
        do {
            try drive(&machine) { step throws(LibPQError) in
                try send(step)
                return .sent
            }
        } catch {
            throw explain(error, machine.failure)
        }
        if let failure = machine.failure { throw Self.error(from: failure) }
        return machine.output
    }

    // MARK: Pipeline

    package enum Step: Sendable {
        case prepare(name: String, sql: String, types: [UInt32])
        case prepared(name: String, Parameters)
        case unprepared(sql: String, Parameters)

        var size: Int {
            switch self {
            case .prepare(_, let sql, let types): sql.utf8.count + types.count * 4 + 64
            case .prepared(_, let parameters): parameters.bytes.count + parameters.slots.count * 8 + 64
            case .unprepared(let sql, let parameters):
                sql.utf8.count + parameters.bytes.count + parameters.slots.count * 12 + 64
            }
        }
    }

    /// The results of a pipeline's steps up to the first failure.
    package struct PipelineOutcome {
        package var results: [ResultHandle?]
        package var failure: LibPQError?

        package init(results: [ResultHandle?], failure: LibPQError? = nil) {
            self.results = results
            self.failure = failure
        }
    }

    /// Runs the steps behind one sync. A step's failure is part of the outcome; what is thrown broke the session.
    package func runPipeline(_ steps: [Step]) throws(LibPQError) -> PipelineOutcome {
        try handle.enterPipeline()
        var machine = PipelineMachine<ResultHandle>(sizes: steps.map(\.size))
        do {
            try drive(&machine) { index throws(LibPQError) in
                switch steps[index] {
                case .prepare(let name, let sql, let types): try handle.sendPrepare(name: name, sql: sql, types: types)
                case .prepared(let name, let parameters): try handle.sendPrepared(name: name, parameters)
                case .unprepared(let sql, let parameters): try handle.sendUnprepared(sql: sql, parameters)
                }
                return .sent
            }
            try handle.exitPipeline()
        } catch {
            if error.code == .interrupted {
                try handle.exitPipeline()
                throw error
            }
            isAbandoned = true
            var error = explain(error, machine.failure?.output)
            error.step = machine.failure?.step
            throw error
        }
        var outcome = PipelineOutcome(results: machine.outputs)
        if let failure = machine.failure {
            outcome.failure = Self.error(from: failure.output)
            outcome.failure?.step = failure.step
        }
        return outcome
    }
}

// MARK: The driver

extension Session {
    /// Does what the machine says until it is done: the only place that waits for the server.
    func drive<M: WireMachine>(
        _ machine: inout M, send: (Int) throws(LibPQError) -> WireEvent<ResultHandle>
    ) throws(LibPQError) where M.Output == ResultHandle {
        guard interrupter.begin(socket: handle.socket) else {
            throw LibPQError(.interrupted, "interrupted before it began")
        }
        defer {
            if interrupter.end() {
                isAbandoned = true
                wasInterrupted = true
            }
        }
        var action = machine.start()
        while action != .done {
            action = machine.handle(try perform(action, send))
        }
    }

    private func perform(
        _ action: WireAction, _ send: (Int) throws(LibPQError) -> WireEvent<ResultHandle>
    ) throws(LibPQError) -> WireEvent<ResultHandle> {
        switch action {
        case .send(let step): return try send(step)
        case .sync:
            try handle.sendSync()
            return .sent
        case .flush: return try handle.flush() ? .flushed : .blocked
        case .wait(let interest):
            switch SocketWaiter.wait(handle.socket, for: interest, until: deadline, wakeup: wakeup) {
            case .ready(let ready): return .ready(ready)
            case .broken: throw LibPQError(.connectionLost, "the connection's socket is gone")
            case .timedOut: throw LibPQError(.connectionLost, "no answer within the time allowed")
            case .woken: throw LibPQError(.connectionLost, "given up")
            }
        case .consume:
            try handle.consumeInput()
            return .consumed
        case .fetch:
            if handle.isBusy { return .busy }
            guard let result = handle.nextResult() else { return .end }
            return .result(result.status, result)
        case .abandon, .done:
            isAbandoned = true
            if handle.isBad { throw LibPQError(.connectionLost, handle.errorMessage) }
            throw LibPQError(.unexpectedCopy, "COPY is only possible by copyIn and copyOut")
        }
    }

    /// A server that ends a connection says so before it closes: its words are better than "closed unexpectedly".
    func explain(_ error: LibPQError, _ failure: ResultHandle?) -> LibPQError {
        if error.code != .interrupted, error.code != .refused { isAbandoned = true }
        guard error.code == .connectionLost, let failure else { return error }
        var explained = Self.error(from: failure)
        explained.code = .connectionLost
        return explained
    }

    static func error(from result: ResultHandle) -> LibPQError {
        let diagnostics = result.diagnostics
        // Without a SQLSTATE it is libpq that speaks, and its errors of this kind are about the connection.
        guard !diagnostics.sqlState.isEmpty else { return LibPQError(.connectionLost, result.errorMessage) }
        return LibPQError(.server, diagnostics.message, diagnostics: diagnostics)
    }
}
