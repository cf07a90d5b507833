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
        _ batch: ImportBatch, with imagined: inout [ExactString: ArticleRecord]
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
            guard lookup.articles[key] == nil, let earlier = imagined[key] else {
                imagined[key] = ArticleRecord(
                    externalID: article.record.externalID, id: article.record.id, metadata: article.record.metadata,
                    versions: [article.record.current])
                continue
            }
            lookup.articles[key] = .init(
                article: Article(
                    id: earlier.id ?? .nobody, externalID: earlier.externalID, metadata: earlier.metadata,
                    articleVersion: earlier.current.sha256, length: earlier.current.text.length),
                isDeleted: false)
        }
        return plan(batch, opened, lookup).outcome
    }

    private func plan(_ batch: ImportBatch, _ opened: OpenedLog, _ lookup: ImportLookup) -> ImportPlanner {
        var planner = ImportPlanner(
            project: opened.project, labels: opened.labels.merging(imaginedLabels) { $1 }, people: people, by: run.by,
            now: service.database.ids.now(), lookup: lookup)
        for article in batch.articles { planner.add(article) }
        return planner
    }
}
