import AnnotationClient
import CommandSupport
import Synchronization

/// Shows on a terminal how far a sync is: one line, another one for each phase.
final class SyncProgressLine: Sendable {
    private struct Phase {
        var name: String
        var line: Progress
        /// What a pull began with, so that what remains can be told.
        var start: Int64
    }

    private let phase = Mutex<Phase?>(nil)
    private let console = Console.current

    var handler: SyncProgressHandler {
        { [self] in show($0) }
    }

    func finish() {
        phase.withLock { phase in
            phase?.line.finish()
            phase = nil
        }
    }

    private func show(_ progress: SyncProgress) {
        guard console.errorIsTerminal else { return }
        switch progress {
        case .snapshot(let rows): update("fetching", unit: "rows", done: Int64(rows), total: nil)
        case .pushing(let done, let total):
            update("sending", unit: "mutations", done: Int64(done), total: Int64(total))
        case .pulling(let seq, let head): update("receiving", unit: "changes", from: seq, done: seq, total: head)
        case .texts(let done, let total):
            update("fetching", unit: "texts", done: Int64(done), total: Int64(total))
        case .waiting(let seconds, let reason):
            finish()
            let tenths = (seconds * 10).rounded() / 10
            console.writeError("\(reason.printable()); trying again in \(tenths) s\n")
        }
    }

    private func update(_ name: String, unit: String, from start: Int64 = 0, done: Int64, total: Int64?) {
        phase.withLock { phase in
            if phase?.name != name + unit {
                phase?.line.finish()
                phase = Phase(
                    name: name + unit, line: Progress(name, unit: unit, console: console), start: start)
            }
            guard let current = phase else { return }
            current.line.update(done: done - current.start, total: total.map { $0 - current.start })
        }
    }
}
