extension Session {
    private static let copyMessage = 1_048_576

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
}
