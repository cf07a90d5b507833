import CLibpq

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The kinds of result that libpq hands out.
package enum ResultStatus: Sendable, Equatable {
    case command, tuples, singleRow, empty, copyIn, copyOut, failed, pipelineSync, pipelineAborted, other
}

/// One result of the server; owns the `PGresult` and frees it with the last reference.
///
/// `@unchecked Sendable`: libpq never changes a `PGresult` after handing it out, and every function used here only
/// reads it. `PQclear` runs once, in `deinit`.
@safe package final class ResultHandle: @unchecked Sendable {
    private let result: OpaquePointer
    package let rowCount: Int
    package let columnCount: Int

    init(_ result: OpaquePointer) {
        unsafe self.result = result
        unsafe rowCount = Int(PQntuples(result))
        unsafe columnCount = Int(PQnfields(result))
    }

    deinit { unsafe PQclear(result) }

    package var status: ResultStatus {
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK: .command
        case PGRES_TUPLES_OK: .tuples
        case PGRES_SINGLE_TUPLE: .singleRow
        case PGRES_EMPTY_QUERY: .empty
        case PGRES_COPY_IN: .copyIn
        case PGRES_COPY_OUT: .copyOut
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR: .failed
        case PGRES_PIPELINE_SYNC: .pipelineSync
        case PGRES_PIPELINE_ABORTED: .pipelineAborted
        default: .other
        }
    }

    /// The command tag, such as `COMMIT` or `INSERT 0 1`.
    package var commandTag: String { unsafe String(cString: PQcmdStatus(result)) }

    /// The rows that the command touched; 0 for commands that do not count.
    package var affectedRows: Int {
        guard let text = unsafe PQcmdTuples(result) else { return 0 }
        var count = 0
        var index = 0
        while case let digit = unsafe text[index], digit >= 48, digit <= 57 {
            count = count * 10 + Int(digit - 48)
            index += 1
        }
        return count
    }

    /// The type's OID of a column.
    package func type(ofColumn column: Int) -> UInt32 { unsafe PQftype(result, Int32(column)) }

    /// Whether the column came in binary.
    package func isBinary(column: Int) -> Bool { unsafe PQfformat(result, Int32(column)) == 1 }

    /// Whether a COPY that was opened takes or gives binary rows.
    var isBinaryCopy: Bool { unsafe PQbinaryTuples(result) == 1 }

    package func name(ofColumn column: Int) -> String {
        guard let name = unsafe PQfname(result, Int32(column)) else { return "" }
        return unsafe String(cString: name)
    }

    /// The first column of exactly this name, byte for byte.
    package func column(named name: String) -> Int? {
        for column in 0..<columnCount {
            guard let found = unsafe PQfname(result, Int32(column)) else { continue }
            if unsafe strcmp(found, name) == 0 { return column }
        }
        return nil
    }

    package func isNull(row: Int, column: Int) -> Bool {
        unsafe PQgetisnull(result, Int32(row), Int32(column)) != 0
    }

    /// The bytes of a value, or nil for NULL. Row and column must be in range; the bytes live as long as this object.
    package func value(row: Int, column: Int) -> UnsafeRawBufferPointer? {
        precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount, "outside the result")
        let count = unsafe PQgetlength(result, Int32(row), Int32(column))
        // NULL has no length.
        if count == 0, isNull(row: row, column: column) { return nil }
        let start = unsafe PQgetvalue(result, Int32(row), Int32(column))
        return unsafe UnsafeRawBufferPointer(start: start, count: Int(count))
    }

    /// The fields of an error result.
    package var diagnostics: Diagnostics { unsafe Diagnostics(reading: result) }

    /// libpq's own words, for errors that did not come from the server.
    package var errorMessage: String {
        guard let text = unsafe PQresultErrorMessage(result) else { return "" }
        return unsafe oneLine(String(cString: text))
    }
}

extension Diagnostics {
    init(reading result: OpaquePointer) {
        func field(_ field: PGDiagnostic) -> String? {
            guard let text = unsafe PQresultErrorField(result, Int32(field.rawValue)) else { return nil }
            return unsafe String(cString: text)
        }
        self.init(
            severity: field(PGDiagnosticSeverity) ?? "",
            sqlState: field(PGDiagnosticSQLState) ?? "",
            message: oneLine(field(PGDiagnosticMessage) ?? ""),
            detail: field(PGDiagnosticDetail),
            hint: field(PGDiagnosticHint),
            position: field(PGDiagnosticPosition).flatMap { Int($0) },
            context: field(PGDiagnosticContext),
            schema: field(PGDiagnosticSchema),
            table: field(PGDiagnosticTable),
            column: field(PGDiagnosticColumn),
            dataType: field(PGDiagnosticDataType),
            constraint: field(PGDiagnosticConstraint),
            function: field(PGDiagnosticFunction))
    }
}

/// libpq ends its messages with a line feed and spreads some over several lines.
func oneLine(_ text: String) -> String {
    text.split(whereSeparator: { $0 == "\n" || $0 == "\r" || $0 == "\r\n" || $0 == "\t" })
        .map { part in String(part.drop { $0 == " " }) }
        .joined(separator: " ")
}
