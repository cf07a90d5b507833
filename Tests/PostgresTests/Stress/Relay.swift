import Foundation
import Synchronization

/// Stands between a client and the server and passes on what they say, until it cuts the line.
///
/// Each test has its own, and so a port of its own: the descriptors that lead there are the test's.
final class Relay: Sendable {
    enum Direction: Int, Sendable { case toServer, toClient }

    private struct State {
        var pairs: [Int: (client: Int32, server: Int32)] = [:]
        var lastID = 0
        var isClosed = false
        /// How many more bytes pass in each direction; nil is no limit.
        var budgets: [Int?] = [nil, nil]
        var cuts = 0
    }

    let port: UInt16
    private let listener: Int32
    private let target: UInt16
    private let state = Mutex(State())

    /// Listens on a free port, and leads to this port of 127.0.0.1.
    init(to target: UInt16) throws {
        (listener, port) = try LocalSocket.listen()
        self.target = target
        Thread.detachNewThread { [self] in accept() }
    }

    /// Cuts all connections.
    func cut() {
        state.withLock { state in
            for pair in state.pairs.values { Self.shutDown(pair) }
            state.cuts += state.pairs.count
        }
    }

    /// Cuts the connection that carries the last of so many further bytes in this direction.
    func cut(after bytes: Int, _ direction: Direction) {
        state.withLock { $0.budgets[direction.rawValue] = bytes }
    }

    /// How many connections have been cut.
    var cuts: Int { state.withLock { $0.cuts } }

    func close() {
        state.withLock { $0.isClosed = true }
        cut()
        LocalSocket.shutDown(listener)
    }

    private func accept() {
        while let client = LocalSocket.accept(listener) {
            guard let server = LocalSocket.connect(to: target) else {
                LocalSocket.close(client)
                continue
            }
            let pair = (client: client, server: server)
            let id: Int? = state.withLock { state in
                if state.isClosed { return nil }
                state.lastID += 1
                state.pairs[state.lastID] = pair
                return state.lastID
            }
            guard let id else {
                LocalSocket.close(client)
                LocalSocket.close(server)
                break
            }
            let running = Running(2) { [self] in
                state.withLock { _ = $0.pairs.removeValue(forKey: id) }
                LocalSocket.close(client)
                LocalSocket.close(server)
            }
            for direction in [Direction.toServer, .toClient] {
                Thread.detachNewThread { [self] in
                    pass(pair, direction)
                    Self.shutDown(pair)
                    running.end()
                }
            }
        }
        LocalSocket.close(listener)
    }

    private func pass(_ pair: (client: Int32, server: Int32), _ direction: Direction) {
        let (from, to) = direction == .toServer ? (pair.client, pair.server) : (pair.server, pair.client)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = LocalSocket.read(from, into: &buffer)
            guard count > 0 else { return }
            let (allowed, isCut) = spend(count, direction)
            guard LocalSocket.write(to, buffer[..<allowed]), !isCut else { return }
        }
    }

    private func spend(_ count: Int, _ direction: Direction) -> (allowed: Int, isCut: Bool) {
        state.withLock { state in
            guard let left = state.budgets[direction.rawValue] else { return (count, false) }
            if count < left {
                state.budgets[direction.rawValue] = left - count
                return (count, false)
            }
            state.budgets[direction.rawValue] = nil
            state.cuts += 1
            return (left, true)
        }
    }

    private static func shutDown(_ pair: (client: Int32, server: Int32)) {
        LocalSocket.shutDown(pair.client)
        LocalSocket.shutDown(pair.server)
    }

    /// Runs the end when so many have ended.
    private final class Running: Sendable {
        private let left: Mutex<Int>
        private let atEnd: @Sendable () -> Void

        init(_ count: Int, atEnd: @escaping @Sendable () -> Void) {
            left = Mutex(count)
            self.atEnd = atEnd
        }

        func end() {
            let isLast = left.withLock { left in
                left -= 1
                return left == 0
            }
            if isLast { atEnd() }
        }
    }
}
