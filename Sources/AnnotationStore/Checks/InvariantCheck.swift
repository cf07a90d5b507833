package import AnnotationModel
import Postgres

/// Checks what must hold in the database, on a live server too: in pages of one statement each, in constant memory, and
/// with no snapshot held while anyone is waited for.
package struct InvariantCheck: Sendable {
    let database: Database

    package init(_ database: Database) { self.database = database }

    /// Checks one project, or all: quotes, texts, the shape of rows and what they refer to, the log, and the results of
    /// mutations. Gives the number of findings.
    @discardableResult
    package func verify(project: EntityID?, _ observer: CheckObserver) async throws -> Int {
        var count = 0
        for project in try await projects(project) {
            for check in TableCheck.all {
                count += try await run(check, project, observer)
            }
            count += try await checkLog(project, observer)
        }
        return count
    }

    /// Compares the tables with the log: per row the last image in the log is the row, and each row above the horizon
    /// has its entry. Gives the number of findings.
    @discardableResult
    package func replayCheck(project: EntityID?, _ observer: CheckObserver) async throws -> Int {
        var count = 0
        for project in try await projects(project) {
            let replay = ReplayCheck(database: database, project: project)
            count += try await replay.compareRows(observer)
            count += try await replay.compareLog(observer)
        }
        return count
    }

    private func projects(_ project: EntityID?) async throws -> [EntityID] {
        let rows = try await database.client.query(
            "SELECT id FROM projects WHERE \(project) IS NULL OR id = \(project) ORDER BY id")
        let ids = try rows.decode(EntityID.self)
        if let project, ids.isEmpty { throw StoreError.noProject(project) }
        return ids
    }

    /// Goes through a table in the order of its key; each page's questions go out in one flush.
    private func run(_ check: TableCheck, _ project: EntityID, _ observer: CheckObserver) async throws -> Int {
        var count = 0
        var done: Int64 = 0
        var after = EntityID.nobody
        while true {
            try Task.checkCancellation()
            let borders = try await database.client.query(check.pageQuery(project, after: after))
            guard let (last, size) = try borders.decode((EntityID?, Int64).self).first, let last else { return count }
            let results = try await database.client.withConnection { connection in
                try await connection.pipeline(check.queries(project, after: after, upTo: last))
            }
            for (question, rows) in zip(check.questions, results) {
                for (id, message) in try rows.decode((String, String).self) {
                    count += 1
                    try await observer.found(
                        Finding(check: question.name, project: project, id: id, message: message))
                }
            }
            done += size
            after = last
            try await observer.progress(CheckProgress(project: project, table: check.table, done: done))
        }
    }
}
