import AnnotationClient
import AnnotationModel
import ArgumentParser
import CommandSupport
import JSONText

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Send what was made here and fetch what the others made.",
        discussion: """
            It can be cut off and run again at any time: each change arrives exactly once. It ends with 0 when all \
            went through, 1 when something was rejected or is in conflict, 3 without a server, 4 when it was not allowed.

            Example:
              manicule-client sync
            """)

    @OptionGroup var clone: CloneOptions

    func run() async throws {
        try await clone.withClone { client in
            let progress = SyncProgressLine()
            defer { progress.finish() }
            let report = try await Failures.naming(try client.status().server) {
                try await client.sync(progress: progress.handler)
            }
            progress.finish()
            if clone.output.json {
                try Output.json(report.json)
            } else {
                for line in Self.lines(report) { try Output.line(line) }
            }
            if !report.isClean { throw QuietExit(.someFailed) }
        }
    }

    private static func lines(_ report: SyncReport) -> [String] {
        var lines = [
            "Sent \(report.pushed) (\(report.applied) applied, \(report.merged) merged, \(report.conflicts) in conflict, "
                + "\(report.rejected) rejected), received \(report.pulled); at change \(report.cursor)"
        ]
        if report.conflicts > 0 {
            lines.append("Both values of what is in conflict are kept; see manicule-client conflicts")
        }
        if report.rejected > 0 { lines.append("What was rejected is kept; see manicule-client rejected") }
        if report.waiting > 0 { lines.append("\(report.waiting) wait for what they speak of to arrive") }
        if report.repaired { lines.append("This clone had missed something and repaired itself") }
        if let old = report.forkedFrom {
            lines.append("This clone turned out to be a copy and goes on under a new id; it was \(old.text)")
        }
        return lines
    }
}
