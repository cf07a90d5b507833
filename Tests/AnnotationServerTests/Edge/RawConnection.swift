import Foundation
import Logging
import Synchronization

/// A TCP connection that does what no HTTP client would. It blocks: to be used on a thread of its own.
final class RawConnection {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let descriptor: Int32

    /// - Parameter receiveBuffer: a small one, for a peer that does not read.
    init(_ address: String, receiveBuffer: Int32? = nil) throws {
        guard let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw Failure(description: "no port in \(address)")
        }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "socket: \(errno)") }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var peer = sockaddr_in()
        peer.sin_family = sa_family_t(AF_INET)
        peer.sin_port = port.bigEndian
        peer.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &peer) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(description: "connect: \(errno)") }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure(description: "send: \(errno)")
        }
    }

    /// Sends as much as goes without waiting, and says how much that was.
    func push(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count > 0 {
                sent += count
            } else {
                // Full: is it so for long?
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if poll(&entry, 1, 200) != 1 || entry.revents & Int16(POLLERR | POLLHUP) != 0 { break }
            }
        }
        return sent
    }

    /// Reads until the text holds `end`, or the connection ends.
    func read(until end: String, within seconds: Double = 20) throws -> String {
        var bytes: [UInt8] = []
        let deadline = Date(timeIntervalSinceNow: seconds)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if !end.isEmpty, text.contains(end) { return text }
            guard let more = try receive(until: deadline) else { return text }
            bytes += more
        }
    }

    /// Reads until the peer closes.
    func readToEnd(within seconds: Double = 20) throws -> String { try read(until: "", within: seconds) }

    /// Waits until the connection is no more, without reading.
    func waitUntilBroken(within seconds: Double = 20) throws {
        var entry = pollfd(fd: descriptor, events: 0, revents: 0)
        guard poll(&entry, 1, Int32(seconds * 1000)) == 1 else {
            throw Failure(description: "the connection still stands after \(seconds) s")
        }
    }

    /// One answer with its headers and body.
    func request(_ head: String, within seconds: Double = 20) throws -> String {
        try send(head + "\r\nHost: localhost\r\n\r\n")
        return try answer(within: seconds)
    }

    func answer(within seconds: Double = 20) throws -> String {
        var text = try read(until: "\r\n\r\n", within: seconds)
        let length = text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.split(separator: " ")[1]) }
        guard let length, let end = text.range(of: "\r\n\r\n") else { return text }
        while text[end.upperBound...].utf8.count < length {
            guard let more = try receive(until: Date(timeIntervalSinceNow: seconds)) else { break }
            text += String(decoding: more, as: UTF8.self)
        }
        return text
    }

    private func receive(until deadline: Date) throws -> [UInt8]? {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let left = Int32(max(0, deadline.timeIntervalSinceNow) * 1000)
        guard poll(&entry, 1, left) == 1 else { throw Failure(description: "nothing came in time") }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return Array(buffer.prefix(count))
    }
}

/// Runs what blocks on a thread of its own: the pool of the concurrency runtime is the server's too.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}

/// Asks again and again until it is so; false after a time that is far too long.
func eventually(_ seconds: Double = 30, _ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}

/// What the server logged.
final class LogRecorder: Sendable {
    struct Entry: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]
    }

    private let entries = Mutex<[Entry]>([])

    var all: [Entry] { entries.withLock { $0 } }

    func logger(_ level: Logger.Level = .info) -> Logger {
        var logger = Logger(label: "test") { _ in Handler(recorder: self) }
        logger.logLevel = level
        return logger
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var logLevel = Logger.Level.info
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
            recorder.entries.withLock {
                $0.append(Entry(level: event.level, message: "\(event.message)", metadata: all))
            }
        }
    }
}
