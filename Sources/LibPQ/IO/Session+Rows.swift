extension Session {
    /// What has come of a statement whose rows are taken a few at a time.
    package struct RowBatch {
        package var rows: [ResultHandle] = []
        /// Set with the last batch: the statement is over.
        package var isLast = false
        /// The statement failed behind these rows.
        package var failure: LibPQError?
    }

    /// Begins a statement whose rows come a few at a time, and gives the first of them. A failure in the batch leaves the
    /// session in order; what is thrown broke it.
    package func openRows(name: String?, sql: String, _ parameters: Parameters) throws(LibPQError) -> RowBatch {
        let batch = try takeRows(RowMachine(isSent: false)) { () throws(LibPQError) in
            if let name {
                try handle.sendPrepared(name: name, parameters)
            } else {
                try handle.sendUnprepared(sql: sql, parameters)
            }
            guard handle.setSingleRowMode() else { throw LibPQError(.refused, "rows cannot be taken one by one") }
        }
        return batch
    }

    /// The next rows, at least one unless the batch is the last.
    package func nextRows() throws(LibPQError) -> RowBatch {
        guard isStreaming else { return RowBatch(isLast: true) }
        return try takeRows(RowMachine(isSent: true)) { () throws(LibPQError) in }
    }

    /// Tells the server that the rest is not wanted, and gives the connection up. `isCancelled`: because whoever took the
    /// rows was cancelled, which the interrupter may be told of only later.
    package func abandonRows(isCancelled: Bool) {
        interrupter.requestCancel()
        abandon(isInterrupted: isCancelled)
    }

    private func takeRows(
        _ machine: RowMachine<ResultHandle>, send: () throws(LibPQError) -> Void
    ) throws(LibPQError) -> RowBatch {
        var machine = machine
        do {
            try drive(&machine) { _ throws(LibPQError) in
                try send()
                return .sent
            }
        } catch {
            throw explain(error, machine.failure)
        }
        isStreaming = !machine.isDrained
        var batch = RowBatch(rows: machine.rows, isLast: machine.isDrained)
        if let failure = machine.failure {
            batch.failure = Self.error(from: failure)
            // Only the server's refusal leaves the connection in order.
            if batch.failure?.code != .server { abandon() }
        }
        return batch
    }
}
