package import AnnotationModel
import Postgres

/// Counts what is in a project, within what a viewer sees.
package struct StatisticsStore: Sendable {
    private static let days: Int64 = 30

    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// One moment's numbers: all from one snapshot, in two round trips.
    package func read(project: EntityID, sight: Sight) async throws -> Statistics {
        let today = database.now()
        let queries = StatisticsQueries(project: project, sight: sight)
        let first = today.adding(seconds: -(Self.days - 1) * 86_400)
        let options = TransactionOptions(isolation: .repeatableRead, isReadOnly: true, statementTimeout: .seconds(60))
        let results = try await database.client.withTransaction(options) { transaction in
            try await transaction.pipeline([
                queries.articles, queries.annotations, queries.progress(since: first), queries.relations,
                queries.comments, queries.reviews, queries.conflicts, queries.assignments, queries.people,
                queries.labels,
            ])
        }
        var statistics = Statistics()
        if let row = results[0].first {
            statistics.articles.total = try row[0]
            statistics.articles.deleted = try row[1]
            statistics.articles.characters = try row[2]
        }
        var people = People(try results[8].decode((EntityID, String).self))
        var labels = Labels(try results[9].decode(String.self))
        try Self.add(results[1], to: &statistics, &people, &labels)
        try Self.addRemarks(results, to: &statistics, &people, &labels)
        for (state, count) in try results[6].decode((Conflict.State, Int).self) { statistics.conflicts[state] = count }
        for (state, count) in try results[7].decode((AssignmentState, Int).self) {
            statistics.assignments[state] = count
        }
        statistics.labels = labels.list
        statistics.authors = people.authors
        statistics.progress = try Self.progress(results[2], until: today)
        return statistics
    }

    /// Totals, then labels, then authors: the row says which by what it leaves open.
    private static func add(
        _ rows: PostgresRows, to statistics: inout Statistics, _ people: inout People, _ labels: inout Labels
    ) throws {
        for row in rows {
            let grouping: Int = try row[0]
            let all: Int = try row[3]
            let final: Int = try row[4]
            let articles: Int = try row[5]
            switch grouping {
            case 1:
                labels.change(try row[1]) {
                    $0.annotations = all
                    $0.articles = articles
                }
            case 2:
                people.change(try row[2]) {
                    $0.annotations = all
                    $0.final = final
                    $0.articles = articles
                }
            default:
                statistics.annotations = Statistics.Annotations(total: all, draft: all - final, final: final)
                statistics.articles.annotated = articles
            }
        }
    }

    private static func addRemarks(
        _ results: [PostgresRows], to statistics: inout Statistics, _ people: inout People, _ labels: inout Labels
    ) throws {
        for (label, author, count) in try results[3].decode((String, EntityID, Int).self) {
            statistics.relations += count
            labels.change(label) { $0.relations += count }
            people.change(author) { $0.relations += count }
        }
        for (author, count) in try results[4].decode((EntityID, Int).self) {
            statistics.comments += count
            people.change(author) { $0.comments += count }
        }
        for (reviewer, decision, count) in try results[5].decode((EntityID, ReviewDecision, Int).self) {
            statistics.reviews[decision, default: 0] += count
            people.change(reviewer) { $0.reviews += count }
        }
    }

    private static func progress(_ rows: PostgresRows, until today: Timestamp) throws -> [Statistics.Day] {
        let counts = Dictionary(try rows.decode((String, Int).self), uniquingKeysWith: { first, _ in first })
        return (0..<days).reversed().map { back in
            let date = String(today.adding(seconds: -back * 86_400).text.prefix(10))
            return Statistics.Day(date: date, annotations: counts[date] ?? 0)
        }
    }

    /// Numbers by author; who has none does not show.
    private struct People {
        private var all: [EntityID: Statistics.OfAuthor] = [:]
        private var active: Set<EntityID> = []

        init(_ names: [(EntityID, String)]) {
            for (id, name) in names { all[id] = Statistics.OfAuthor(user: id, name: name) }
        }

        mutating func change(_ id: EntityID, _ body: (inout Statistics.OfAuthor) -> Void) {
            active.insert(id)
            body(&all[id, default: Statistics.OfAuthor(user: id, name: "")])
        }

        var authors: [Statistics.OfAuthor] {
            active.compactMap { all[$0] }.sorted {
                (ExactString($0.name), $0.user) < (ExactString($1.name), $1.user)
            }
        }
    }

    /// Numbers by label, in the order of the labels.
    private struct Labels {
        private(set) var list: [Statistics.OfLabel]
        private var places: [ExactString: Int] = [:]

        init(_ keys: [String]) {
            list = keys.map { Statistics.OfLabel(key: $0) }
            for (place, key) in keys.enumerated() { places[ExactString(key)] = place }
        }

        mutating func change(_ key: String, _ body: (inout Statistics.OfLabel) -> Void) {
            guard let place = places[ExactString(key)] else { return }
            body(&list[place])
        }
    }
}
