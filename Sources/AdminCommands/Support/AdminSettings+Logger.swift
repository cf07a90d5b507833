import AnnotationModel
import CommandSupport
import JSONText
import Logging

extension AdminSettings {
    /// A logger to standard error; quiet is for commands, which speak by their output and say only what went wrong.
    func makeLogger(quiet: Bool) -> Logger {
        let format = logFormat
        var logger = Logger(label: "manicule") { _ in StandardErrorLog(format: format) }
        logger.logLevel = quiet ? max(logLevel, .error) : logLevel
        return logger
    }
}

/// One line an event on standard error, for people or as JSON.
private struct StandardErrorLog: LogHandler {
    let format: AdminSettings.LogFormat
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    init(format: AdminSettings.LogFormat) { self.format = format }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let now = Timestamp.now().text
        switch format {
        case .json:
            var writer = JSONWriter(reservingCapacity: 256)
            writer.beginObject()
            writer.member("at", now)
            writer.member("level", event.level.rawValue)
            writer.member("message", "\(event.message)")
            for (key, value) in all where !["at", "level", "message"].contains(key) { writer.member(key, "\(value)") }
            writer.endObject()
            writer.endLine()
            Console.standard.writeError(String(decoding: writer.finish(), as: UTF8.self))
        case .text:
            let rest = all.map { "  \($0.key)=\("\($0.value)".printable())" }.joined()
            Console.standard.writeError("\(now) \(event.level) \("\(event.message)".printable())\(rest)\n")
        }
    }
}
