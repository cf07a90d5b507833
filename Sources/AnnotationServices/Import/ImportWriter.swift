import AnnotationModel
import AnnotationStore
import Interchange
import Postgres
import SyncEngine
import SyncProtocol

/// Writes one batch, in one transaction through the project's fair lock.
struct ImportWriter: Sendable {
    let service: ImportService
    let run: ImportService.Run
    let project: EntityID
    let people: ImportPeople
    let imaginedLabels: [String: Label]

    func write(_ batch: ImportBatch) async throws -> ImportOutcome {
        var outcome = ImportOutcome()
        _ = try await service.log.write(project: project, raisesGuard: false, by: run.by) { transaction, opened in
            let lookup = try await ImportLookup.load(
                transaction, project: project, ImportPlanner.request(batch, project: project))
            let planner = plan(batch, opened, lookup)
            outcome = planner.outcome
            return planner.plan.entries.isEmpty ? nil : planner.plan
        }
        return outcome
    }

    /// Says what `write` would have done. `imagined` holds what earlier batches would have written.
    func rehearse(
        _ batch: ImportBatch, with imagined: inout [ExactString: ImaginedArticle]
    ) async throws -> ImportOutcome {
        let (opened, found) = try await service.database.client.withTransaction(.readOnly) { transaction in
            let opened = try await service.log.open(transaction, project: project, user: run.by, client: nil)
            let lookup = try await ImportLookup.load(
                transaction, project: project, ImportPlanner.request(batch, project: project))
            return (opened, lookup)
        }
        var lookup = found
        for article in batch.articles {
            let key = ExactString(article.record.externalID)
            guard lookup.articles[key] == nil, let earlier = imagined[key] else { continue }
            lookup.articles[key] = .init(article: earlier.article, isDeleted: false)
            lookup.versions.formUnion(earlier.versions)
            for id in earlier.annotations { lookup.annotations[id] = earlier.article.id }
            lookup.others.formUnion(earlier.others)
        }
        let planner = plan(batch, opened, lookup)
        for (key, known) in planner.lookup.articles {
            let id = known.article.id
            var article = imagined[key] ?? ImaginedArticle(article: known.article)
            for row in planner.plan.rows.map(\.stored.row) where row.articleID == id { article.add(row) }
            imagined[key] = article
        }
        return planner.outcome
    }

    private func plan(_ batch: ImportBatch, _ opened: OpenedLog, _ lookup: ImportLookup) -> ImportPlanner {
        var planner = ImportPlanner(
            project: opened.project, labels: opened.labels.merging(imaginedLabels) { $1 }, people: people, by: run.by,
            now: service.database.ids.now(), lookup: lookup)
        for article in batch.articles { planner.add(article) }
        return planner
    }
}
