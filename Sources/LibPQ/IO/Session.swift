/// One connection to the server, driven by blocking the thread that it lives on. Not Sendable.
///
/// Its calls are made one at a time, each of them brings the conversation to its end, or the session is broken
/// (`isUsable` is false) and good for nothing but closing.
package final class Session {
    let handle: ConnectionHandle
    package let interrupter: Interrupter
    private var isAbandoned = false
    private var isCopying = false

    private static let copyMessage = 1_048_576

    private init(_ handle: ConnectionHandle, _ interrupter: Interrupter) {
        self.handle = handle
        self.interrupter = interrupter
    }

    /// Connects, waiting until the deadline.
    package static func connect(
        _ parameters: [(keyword: String, value: String)], until deadline: ContinuousClock.Instant,
        sendsCancelRequests: Bool = true, onNotice: @escaping @Sendable (Diagnostics) -> Void
    ) throws(LibPQError) -> Session {
        let handle = try ConnectionHandle(starting: parameters, onNotice: onNotice)
        var step = ConnectionHandle.ConnectStep.writing
        while step != .ready {
            switch SocketWaiter.wait(handle.socket, for: step == .reading ? .read : .write, until: deadline) {
            case .ready: break
            case .timedOut: throw LibPQError(.connectTimedOut, "no connection within the time allowed")
            case .broken: throw LibPQError(.connectFailed, handle.errorMessage)
            }
            // libpq may have moved on to another address, and so to another socket.
            step = handle.pollConnect()
            if step == .failed { throw LibPQError(.connectFailed, handle.errorMessage) }
        }
        guard handle.setNonBlocking() else { throw LibPQError(.connectFailed, handle.errorMessage) }
        let cancel = sendsCancelRequests ? handle.makeCancel() : nil
        return Session(handle, Interrupter(cancel: cancel))
    }

    // MARK: State

    package var transactionStatus: TransactionStatus { handle.transactionStatus }
    package var processID: Int32 { handle.processID }
    package var serverVersion: Int { handle.serverVersion }

    /// Whether another call can be made.
    package var isUsable: Bool { !isAbandoned && !handle.isBad }

    /// Whether the next user may have it: nothing open, nothing half done, no cancel request on its way.
    package var isClean: Bool {
        isUsable && !isCopying && transactionStatus == .idle && !handle.isInPipelineMode && !interrupter.isInterrupted
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

    private func run(
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
        return machine.outputs.last
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

// MARK: COPY

extension Session {
    package typealias CopyDirection = CopyOpenMachine<ResultHandle>.Direction

    /// Opens a COPY. True when its rows are binary.
    package func openCopy(_ direction: CopyDirection, sql: String) throws(LibPQError) -> Bool {
        var machine = CopyOpenMachine<ResultHandle>(direction)
        do {
            try drive(&machine) { _ throws(LibPQError) in
                try handle.sendSimple(sql)
                return .sent
            }
        } catch {
            throw explain(error, machine.failure)
        }
        if let failure = machine.failure { throw Self.error(from: failure) }
        guard let opened = machine.opened else {
            throw LibPQError(.refused, "the statement is no COPY in the direction that is asked for")
        }
        isCopying = true
        return opened.isBinaryCopy
    }

    package func writeCopy(_ bytes: [UInt8]) throws(LibPQError) {
        // A message of the protocol has a bound, and libpq counts in 32 bits.
        for start in stride(from: 0, to: bytes.count, by: Self.copyMessage) {
            var machine = CopyWriteMachine<ResultHandle>()
            let part = start..<min(start + Self.copyMessage, bytes.count)
            do {
                try drive(&machine) { _ throws(LibPQError) in try handle.putCopyData(bytes, part) ? .sent : .busy }
            } catch {
                throw explain(error, nil)
            }
        }
    }

    /// Ends a COPY into the server; with a message the server undoes it and answers with an error.
    package func endCopy(failure: String? = nil) throws(LibPQError) -> ResultHandle? {
        var machine = QueryMachine<ResultHandle>()
        isCopying = false
        return try run(&machine) { _ throws(LibPQError) in
            guard try handle.putCopyEnd(failure: failure) else { throw LibPQError(.connectionLost, "no memory") }
        }
    }

    /// Appends rows to the buffer until it holds so many bytes. Gives the command's result at the end, else nil.
    package func readCopy(into bytes: inout [UInt8], atLeast count: Int) throws(LibPQError) -> ResultHandle? {
        var machine = CopyReadMachine<ResultHandle>()
        do {
            try drive(&machine) { _ throws(LibPQError) in
                while bytes.count < count {
                    switch try handle.readCopyRow(into: &bytes) {
                    case .row: continue
                    case .wouldBlock: return .busy
                    case .end: return .end
                    }
                }
                return .sent
            }
        } catch {
            throw explain(error, machine.failure)
        }
        guard machine.isDrained else { return nil }
        isCopying = false
        if let failure = machine.failure { throw Self.error(from: failure) }
        return machine.output
    }

    /// Gives the connection up: it is closed, whatever the server still does.
    package func abandon() { isAbandoned = true }
}

// MARK: The driver

extension Session {
    /// Does what the machine says until it is done: the only place that waits for the server.
    private func drive<M: WireMachine>(
        _ machine: inout M, send: (Int) throws(LibPQError) -> WireEvent<ResultHandle>
    ) throws(LibPQError) where M.Output == ResultHandle {
        guard interrupter.begin(socket: handle.socket) else {
            throw LibPQError(.interrupted, "interrupted before it began")
        }
        defer { if interrupter.end() { isAbandoned = true } }
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
            guard case .ready(let ready) = SocketWaiter.wait(handle.socket, for: interest) else {
                throw LibPQError(.connectionLost, "the connection's socket is gone")
            }
            return .ready(ready)
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
    private func explain(_ error: LibPQError, _ failure: ResultHandle?) -> LibPQError {
        if error.code != .interrupted, error.code != .refused { isAbandoned = true }
        guard error.code == .connectionLost, let failure else { return error }
        var explained = Self.error(from: failure)
        explained.code = .connectionLost
        return explained
    }

    private static func error(from result: ResultHandle) -> LibPQError {
        let diagnostics = result.diagnostics
        // Without a SQLSTATE it is libpq that speaks, and its errors of this kind are about the connection.
        guard !diagnostics.sqlState.isEmpty else { return LibPQError(.connectionLost, result.errorMessage) }
        return LibPQError(.server, diagnostics.message, diagnostics: diagnostics)
    }
}
