import LibPQ

extension PostgresConnection {
    /// Runs a `COPY … FROM STDIN` whose data the body writes, and gives the number of rows.
    ///
    /// A body that throws undoes the COPY, and its error is thrown. Rows that the server refuses are told at the end.
    @discardableResult
    public func copyIn(
        unsafeSQL sql: String, file: String = #fileID, line: Int = #line,
        _ body: (PostgresCopyWriter) async throws -> Void
    ) async throws -> Int {
        let site = Site(file: file, line: line)
        let backend = try use(at: site)
        let isBinary = try backend.openCopy(.into, sql, at: site)
        return try await whileBusy {
            let writer = PostgresCopyWriter(backend, sql: sql, isBinary: isBinary, site: site)
            do {
                try await body(writer)
                try writer.finish()
            } catch {
                writer.end()
                backend.undoCopy()
                throw error
            }
            return try backend.endCopy(sql, at: site)
        }
    }

    /// Runs a `COPY … TO STDOUT` whose data the body is given, and gives the number of rows.
    ///
    /// The blocks hold whole rows, 64 KiB or a little more. The next one is read when the body returns. After a body that
    /// throws the connection is closed, because the rest would have to be read.
    @discardableResult
    public func copyOut(
        unsafeSQL sql: String, file: String = #fileID, line: Int = #line, _ body: ([UInt8]) async throws -> Void
    ) async throws -> Int {
        let site = Site(file: file, line: line)
        let backend = try use(at: site)
        _ = try backend.openCopy(.out, sql, at: site)
        return try await whileBusy {
            while true {
                let (block, count) = try backend.readCopy(sql, at: site)
                do {
                    if !block.isEmpty { try await body(block) }
                } catch {
                    // When the data are over, the connection is in order again.
                    if count == nil { backend.session.abandon() }
                    throw error
                }
                if let count { return count }
            }
        }
    }
}

extension Backend {
    static let copyBlock = 65_536

    /// Opens the COPY; true when its rows are binary.
    fileprivate func openCopy(_ direction: Session.CopyDirection, _ sql: String, at site: Site) throws -> Bool {
        try observer.observe(sql, at: site) {
            try checkUsable(phase: .statement, at: site)
            try Batch.check(sql, at: site)
            return try translating(sql, at: site) { () throws(LibPQError) in
                try session.openCopy(direction, sql: sql)
            }
        }
    }

    fileprivate func endCopy(_ sql: String, at site: Site) throws -> Int {
        try observer.observe(sql, at: site) {
            try translating(sql, at: site) { () throws(LibPQError) in try session.endCopy()?.affectedRows ?? 0 }
        }
    }

    /// The error of the body is the one to tell; what the server says to the end is expected to be one.
    fileprivate func undoCopy() {
        guard session.isUsable else { return }
        do {
            _ = try session.endCopy(failure: "given up by the client")
        } catch let error where error.code == .server {
            return
        } catch {
            session.abandon()
        }
    }

    /// The next block, with the number of all rows when it is the last.
    fileprivate func readCopy(_ sql: String, at site: Site) throws -> ([UInt8], Int?) {
        var block: [UInt8] = []
        block.reserveCapacity(Self.copyBlock + 4_096)
        let result = try translating(sql, at: site) { () throws(LibPQError) in
            try session.readCopy(into: &block, atLeast: Self.copyBlock)
        }
        return (block, result?.affectedRows)
    }
}
