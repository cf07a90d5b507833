import LibPQ

/// Takes the data of a `COPY … FROM STDIN`, lent to the closure of `copyIn`.
public final class PostgresCopyWriter {
    private var backend: Backend?
    private let sql: String
    private let isBinary: Bool
    private let site: Site
    private var buffer = PostgresWriter()

    init(_ backend: Backend, sql: String, isBinary: Bool, site: Site) {
        self.backend = backend
        self.sql = sql
        self.isBinary = isBinary
        self.site = site
        if isBinary {
            // The signature, no flags, no extension.
            buffer.write(contentsOf: [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00])
            buffer.write(Int64(0))
        }
    }

    /// Writes a block of data in the format that the statement says; rows may span blocks.
    public func write(_ bytes: [UInt8]) async throws {
        let backend = try use()
        if buffer.bytes.count + bytes.count < Backend.copyBlock { return buffer.write(contentsOf: bytes) }
        try flush(backend)
        try send(bytes, backend)
    }

    /// Writes one row in binary: the body calls `writer.writeWithLength(value)` for each of the columns.
    ///
    /// The statement must say `FORMAT binary`; header and trailer are written for it. The types must be those of the
    /// table's columns: a COPY converts nothing.
    public func row(_ columns: Int, _ body: (inout PostgresWriter) -> Void) async throws {
        let backend = try use()
        guard isBinary else {
            throw PostgresError(.misuse, "binary rows for a COPY whose format is not binary", at: site)
        }
        guard let count = Int16(exactly: columns) else {
            throw PostgresError(.misuse, "a row of \(columns) columns", at: site)
        }
        buffer.write(count)
        let start = buffer.bytes.count
        body(&buffer)
        if let refusal = buffer.refusal {
            throw PostgresError(.parameterRefused, "a row of the COPY: \(refusal)", at: site)
        }
        guard Self.fields(in: buffer.bytes, from: start) == columns else {
            throw PostgresError(.misuse, "a row of \(columns) columns with another number of values", at: site)
        }
        if buffer.bytes.count >= Backend.copyBlock { try flush(backend) }
    }

    /// Writes what is left.
    func finish() throws {
        let backend = try use()
        if isBinary { buffer.write(Int16(-1)) }
        try flush(backend)
        end()
    }

    /// Takes the writer away.
    func end() { backend = nil }

    private func use() throws(PostgresError) -> Backend {
        guard let backend else { throw PostgresError(.misuse, "the COPY is over", at: site) }
        guard backend.thread.isCurrent else {
            throw PostgresError(.misuse, "the connection is used outside of its own thread", at: site)
        }
        return backend
    }

    private func flush(_ backend: Backend) throws {
        if buffer.bytes.isEmpty { return }
        try send(buffer.bytes, backend)
        buffer.bytes.removeAll(keepingCapacity: true)
    }

    private func send(_ bytes: [UInt8], _ backend: Backend) throws {
        try backend.checkUsable(phase: .statement, at: site)
        try backend.translating(sql, at: site) { () throws(LibPQError) in try backend.session.writeCopy(bytes) }
    }

    /// How many values with a length stand there; nil when they do not end with the bytes.
    private static func fields(in bytes: [UInt8], from start: Int) -> Int? {
        var offset = start
        var fields = 0
        while offset < bytes.count {
            guard offset + 4 <= bytes.count else { return nil }
            let length = bytes[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            offset += 4 + max(Int(Int32(bitPattern: length)), 0)
            fields += 1
        }
        return offset == bytes.count ? fields : nil
    }
}
