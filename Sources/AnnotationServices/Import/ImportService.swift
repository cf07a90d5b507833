package import AnnotationModel
import AnnotationStore
import FailPoints
package import Interchange

/// Brings files into a project: streamed, in batches, each batch one transaction that is whole or not at all.
///
/// Idempotent by external ids, hashes and ids: killed and run again it ends as if it had not been interrupted.
package struct ImportService: Sendable {
    let database: Database
    let log: ChangeLog

    /// Who imports, and what they hear of it.
    package struct Run: Sendable {
        package var by: EntityID
        package var actor: String
        package var options: ImportOptions
        /// Each refused record and each notice, as they come.
        package var report: @Sendable (Diagnostic) async throws -> Void
        /// Articles dealt with, and bytes read, so far.
        package var progress: @Sendable (_ articles: Int, _ bytes: Int64) -> Void

        package init(
            by: EntityID, actor: String, options: ImportOptions,
            report: @escaping @Sendable (Diagnostic) async throws -> Void,
            progress: @escaping @Sendable (_ articles: Int, _ bytes: Int64) -> Void = { _, _ in }
        ) {
            self.by = by
            self.actor = actor
            self.options = options
            self.report = report
            self.progress = progress
        }
    }

    /// Imports the files in their order. A bad record is reported and passed over; what is thrown stopped everything.
    package func run(_ run: Run, project: EntityID, sources: [ImportSource]) async throws -> ImportSummary {
        var session = try await ImportSession.begin(self, run, project: project)
        for source in sources {
            session.summary.files += 1
            try await read(source, into: &session)
        }
        try await session.flush()
        try FailPoints.hit(.importBeforeFinish)
        try await session.finish()
        return session.summary
    }

    private func read(_ source: ImportSource, into session: inout ImportSession) async throws {
        let input: ImportSource.Input
        var head: [UInt8] = []
        do throws(ImportSourceError) {
            input = try source.open()
            while head.count < Format.headLength, let chunk = try input.read() { head += chunk }
        } catch {
            return try await session.refuse(
                Diagnostic(SourcePlace(file: source.name), code: "unreadable", message: error.message))
        }
        let format: Format
        switch Format.detect(file: source.name, head: head) {
        case .success(let found): format = found
        case .failure(let diagnostic): return try await session.refuse(diagnostic)
        }
        var reader = format.reader(
            file: source.name, options: ReadingOptions(project: session.project, unit: session.run.options.unit))
        var chunk: [UInt8]? = head
        while let bytes = chunk, !bytes.isEmpty {
            reader.feed(bytes)
            session.bytes += Int64(bytes.count)
            while let item = reader.next() { try await session.take(item) }
            do throws(ImportSourceError) {
                chunk = try input.read()
            } catch {
                try await session.refuse(
                    Diagnostic(SourcePlace(file: source.name), code: "unreadable", message: error.message))
                chunk = nil
            }
        }
        reader.finish()
        while let item = reader.next() { try await session.take(item) }
    }
}
