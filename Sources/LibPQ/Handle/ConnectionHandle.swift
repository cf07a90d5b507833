import CLibpq

/// The server's view of where the connection stands.
package enum TransactionStatus: Sendable, Equatable {
    case idle, active, inTransaction, inFailedTransaction, unknown
}

/// One `PGconn`, in non-blocking mode once connected. Not Sendable: one thread uses it at a time.
@safe package final class ConnectionHandle {
    private let connection: OpaquePointer
    private let notices: NoticeReceiver

    /// Begins to connect. `parameters` are libpq's keywords; a connection string may stand under `dbname`.
    init(
        starting parameters: [(keyword: String, value: String)], onNotice: @escaping @Sendable (Diagnostics) -> Void
    ) throws(LibPQError) {
        let keywords = CStrings(parameters.map(\.keyword))
        let values = CStrings(parameters.map(\.value))
        let started = unsafe keywords.withPointers { keywords in
            unsafe values.withPointers { values in unsafe PQconnectStartParams(keywords, values, 1) }
        }
        guard let connection = unsafe started else { throw LibPQError(.connectFailed, "out of memory") }
        unsafe self.connection = connection
        notices = NoticeReceiver(onNotice)
        unsafe PQsetNoticeReceiver(
            connection, { context, result in unsafe NoticeReceiver.receive(context, result) },
            Unmanaged.passUnretained(notices).toOpaque())
        if unsafe PQstatus(connection) == CONNECTION_BAD { throw LibPQError(.connectFailed, errorMessage) }
    }

    deinit { unsafe PQfinish(connection) }

    // MARK: Connecting

    enum ConnectStep { case reading, writing, ready, failed }

    func pollConnect() -> ConnectStep {
        switch unsafe PQconnectPoll(connection) {
        case PGRES_POLLING_OK: .ready
        case PGRES_POLLING_READING: .reading
        case PGRES_POLLING_WRITING: .writing
        default: .failed
        }
    }

    func setNonBlocking() -> Bool { unsafe PQsetnonblocking(connection, 1) == 0 }

    // MARK: State

    /// The descriptor to wait on; libpq may replace it while it connects. Negative when there is none.
    var socket: Int32 { unsafe PQsocket(connection) }
    /// The server has said that it ends the connection, while nothing was under way: libpq takes that for a notice.
    var isEndedByServer: Bool { notices.lastWords != nil }
    /// With which words it did.
    var lastWords: String? { notices.lastWords }
    var isBad: Bool { unsafe PQstatus(connection) == CONNECTION_BAD }
    var errorMessage: String { unsafe oneLine(String(cString: PQerrorMessage(connection))) }
    package var serverVersion: Int { unsafe Int(PQserverVersion(connection)) }
    package var processID: Int32 { unsafe PQbackendPID(connection) }
    package var isInPipelineMode: Bool { unsafe PQpipelineStatus(connection) != PQ_PIPELINE_OFF }

    package var transactionStatus: TransactionStatus {
        switch unsafe PQtransactionStatus(connection) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_ACTIVE: .active
        case PQTRANS_INTRANS: .inTransaction
        case PQTRANS_INERROR: .inFailedTransaction
        default: .unknown
        }
    }

    package func parameterStatus(_ name: String) -> String? {
        guard let value = unsafe PQparameterStatus(connection, name) else { return nil }
        return unsafe String(cString: value)
    }

    /// The host that libpq is connected to or tries just now, and its port.
    var host: String { unsafe PQhost(connection).map { host in unsafe String(cString: host) } ?? "" }
    var port: String { unsafe PQport(connection).map { port in unsafe String(cString: port) } ?? "" }

    /// What holds for one of libpq's keywords, wherever it was set.
    func option(_ keyword: String) -> String? {
        guard let options = unsafe PQconninfo(connection) else { return nil }
        defer { unsafe PQconninfoFree(options) }
        var option = unsafe options
        while let name = unsafe option.pointee.keyword {
            if unsafe String(cString: name) == keyword {
                return unsafe option.pointee.val.map { value in unsafe String(cString: value) }
            }
            unsafe option += 1
        }
        return nil
    }

    func makeCancel() -> CancelHandle? { unsafe CancelHandle(connection: connection) }

    // MARK: Sending

    func sendSimple(_ sql: String) throws(LibPQError) { try check(unsafe PQsendQuery(connection, sql)) }

    func sendPrepare(name: String, sql: String, types: [UInt32]) throws(LibPQError) {
        try check(unsafe PQsendPrepare(connection, name, sql, Int32(types.count), types))
    }

    func sendPrepared(name: String, _ parameters: Parameters) throws(LibPQError) {
        // The string's own bytes: as an argument it would be copied.
        let sent = unsafe name.withCString { name in
            unsafe parameters.withArrays { count, values, lengths, formats in
                unsafe PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
            }
        }
        try check(sent)
    }

    func sendUnprepared(sql: String, _ parameters: Parameters) throws(LibPQError) {
        let sent = unsafe parameters.withArrays { count, values, lengths, formats in
            unsafe PQsendQueryParams(connection, sql, count, parameters.types, values, lengths, formats, 1)
        }
        try check(sent)
    }

    /// From the statement just sent, each row comes as a result of its own. False when it is too late for that.
    func setSingleRowMode() -> Bool { unsafe PQsetSingleRowMode(connection) == 1 }

    func enterPipeline() throws(LibPQError) { try check(unsafe PQenterPipelineMode(connection)) }
    func exitPipeline() throws(LibPQError) { try check(unsafe PQexitPipelineMode(connection)) }
    func sendSync() throws(LibPQError) { try check(unsafe PQpipelineSync(connection)) }

    /// True when nothing is left to write.
    func flush() throws(LibPQError) -> Bool {
        switch unsafe PQflush(connection) {
        case 0: return true
        case 1: return false
        default: throw LibPQError(.connectionLost, errorMessage)
        }
    }

    // MARK: Receiving

    func consumeInput() throws(LibPQError) {
        guard unsafe PQconsumeInput(connection) == 1 else { throw LibPQError(.connectionLost, errorMessage) }
    }

    var isBusy: Bool { unsafe PQisBusy(connection) == 1 }

    func nextResult() -> ResultHandle? {
        guard let result = unsafe PQgetResult(connection) else { return nil }
        return unsafe ResultHandle(result)
    }

    /// A notification that has arrived with what was read last.
    func nextNotification() -> Notification? {
        guard let notification = unsafe PQnotifies(connection) else { return nil }
        defer { unsafe PQfreemem(notification) }
        return unsafe Notification(
            channel: String(cString: notification.pointee.relname),
            payload: String(cString: notification.pointee.extra),
            processID: notification.pointee.be_pid)
    }

    // MARK: COPY

    /// False when libpq's buffer must be flushed first.
    func putCopyData(_ bytes: [UInt8], _ part: Range<Int>) throws(LibPQError) -> Bool {
        let outcome = unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.extracting(part).baseAddress else { return Int32(1) }
            return unsafe PQputCopyData(
                connection, UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self), Int32(part.count))
        }
        if outcome < 0 { throw LibPQError(isBad ? .connectionLost : .refused, errorMessage) }
        return outcome == 1
    }

    /// Ends the COPY; with a message, so that the server undoes it. False when libpq's buffer must be flushed first.
    func putCopyEnd(failure: String?) throws(LibPQError) -> Bool {
        let outcome = unsafe PQputCopyEnd(connection, failure)
        if outcome < 0 { throw LibPQError(isBad ? .connectionLost : .refused, errorMessage) }
        return outcome == 1
    }

    enum CopyRead { case row, wouldBlock, end }

    /// Appends one row of a COPY to the buffer.
    func readCopyRow(into bytes: inout [UInt8]) throws(LibPQError) -> CopyRead {
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe PQgetCopyData(connection, &start, 1)
        if count > 0, let start = unsafe start {
            unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: Int(count)))
            unsafe PQfreemem(start)
            return .row
        }
        if count == 0 { return .wouldBlock }
        if count == -1 { return .end }
        throw LibPQError(isBad ? .connectionLost : .refused, errorMessage)
    }

    private func check(_ succeeded: Int32) throws(LibPQError) {
        guard succeeded != 1 else { return }
        throw LibPQError(isBad ? .connectionLost : .refused, errorMessage)
    }
}

/// Carries the notices of one connection out of libpq's C callback.
private final class NoticeReceiver {
    let handler: @Sendable (Diagnostics) -> Void
    private(set) var lastWords: String?

    init(_ handler: @escaping @Sendable (Diagnostics) -> Void) { self.handler = handler }

    static func receive(_ context: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {
        guard let context = unsafe context, let result = unsafe result else { return }
        let receiver = unsafe Unmanaged<NoticeReceiver>.fromOpaque(context).takeUnretainedValue()
        let notice = unsafe Diagnostics(reading: result)
        if ["FATAL", "PANIC"].contains(notice.severity) { receiver.lastWords = notice.message }
        receiver.handler(notice)
    }
}

/// A null-terminated array of C strings.
private struct CStrings {
    private let strings: [ContiguousArray<CChar>]

    init(_ strings: [String]) { self.strings = strings.map(\.utf8CString) }

    func withPointers<R>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R {
        var storage: [CChar] = []
        var offsets: [Int] = []
        for string in strings {
            offsets.append(storage.count)
            storage.append(contentsOf: string)
        }
        return unsafe storage.withUnsafeBufferPointer { buffer in
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for offset in offsets { unsafe pointers.append(buffer.baseAddress.map { base in unsafe base + offset }) }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { pointers in
                guard let base = pointers.baseAddress else { preconditionFailure("the array ends with null") }
                return unsafe body(base)
            }
        }
    }
}
