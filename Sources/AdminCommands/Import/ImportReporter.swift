import AnnotationServices
import CommandSupport
import Interchange
import JSONText
import Synchronization

/// Tells of refused rows: all of them into the report, the first ones to the person at the terminal.
final class ImportReporter: Sendable {
    private struct State {
        var spool: SpoolFile?
        var told = 0
    }

    private static let mostTold = 10

    private let state: Mutex<State>
    private let isJSON: Bool

    init(path: String?, isJSON: Bool) throws {
        self.isJSON = isJSON
        do throws(SpoolError) {
            state = Mutex(State(spool: try path.map { path throws(SpoolError) in try SpoolFile(becoming: path) }))
        } catch {
            throw CommandFailure.environment(error.message)
        }
    }

    func add(_ diagnostic: Diagnostic) throws {
        let isTold = try state.withLock { state in
            try state.spool?.append(Self.line(diagnostic.json))
            state.told += 1
            return state.told <= Self.mostTold
        }
        guard isTold else { return }
        var place = diagnostic.place.file
        if let line = diagnostic.place.line { place += ":\(line)" }
        if let id = diagnostic.id { place += " (\(id))" }
        Output.note("\(place): \(diagnostic.code.rawValue): \(diagnostic.message)".printable())
    }

    /// Writes the summary as the report's last line, and gives the report its name.
    func finish(_ summary: ImportSummary) throws {
        let told = try state.withLock { state in
            try state.spool?.append(Self.line(["summary": .object(summary.json)]))
            try state.spool?.keep()
            return state.told
        }
        if told > Self.mostTold { Output.note("… and \(told - Self.mostTold) more") }
    }

    private static func line(_ object: JSONObject) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.value(.object(object))
        writer.endLine()
        return writer.finish()
    }
}
