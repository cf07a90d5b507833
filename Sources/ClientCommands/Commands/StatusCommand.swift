import AnnotationClient
import AnnotationModel
import ArgumentParser
import CommandSupport
import JSONText

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say what this clone is, and what of its work waits to be sent or settled.",
        discussion: """
            Example:
              manicule-client status --json
            """)

    @OptionGroup var clone: CloneOptions

    func run() async throws {
        try await clone.withClone { client in
            let status = try client.status()
            if clone.output.json { return try Output.json(status.json) }
            for (name, value) in Self.lines(status) {
                let padding = String(repeating: " ", count: 11 - name.utf8.count)
                try Output.line(Style.dim(name) + padding + value.printable())
            }
        }
    }

    private static func lines(_ status: CloneStatus) -> [(String, String)] {
        var lines = [
            ("project", status.project), ("user", status.user + (status.role.map { " (\($0.rawValue))" } ?? "")),
            ("server", status.server), ("device", "\(status.device) (\(status.clientID.text))"),
            ("articles", "\(status.articles), with \(status.annotations) annotations"),
            ("cursor", "\(status.cursor)" + (status.epoch.map { " of \($0.text)" } ?? "")),
            ("last sync", status.lastSync?.text ?? "never"),
            ("pending", "\(status.pending)" + (status.pending > 0 ? "; sync sends them" : "")),
            ("conflicts", "\(status.conflicts)" + (status.conflicts > 0 ? "; see conflicts" : "")),
            ("rejected", "\(status.rejected)" + (status.rejected > 0 ? "; see rejected" : "")),
        ]
        if status.waiting > 0 { lines.append(("waiting", "\(status.waiting) for what they speak of to arrive")) }
        if let old = status.forkedFrom { lines.append(("forked", "from \(old.text)")) }
        if status.needsSnapshot { lines.append(("", "the next sync fetches the project anew")) }
        if status.isQuarantined {
            lines.append(
                ("", "you are no longer a member: your unsent work is kept; print it with rejected export"))
        }
        return lines
    }
}
