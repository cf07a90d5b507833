import AnnotationModel
import GRDB
import SyncEngine
import SyncProtocol

/// What became of a reply.
struct TakenReply: Sendable {
    var meanings: [ResultMeaning] = []
    /// The server has answers to mutations that were not made here: somebody else goes on under this id.
    var isCopied = false
    /// The page cannot be trusted: nothing of it was applied, the results were.
    var fault: PageFault?
}

extension CloneStore {
    /// Takes results, rows and cursor in one transaction.
    func take(_ reply: ExchangeReply, after since: Int64, at now: Timestamp) throws -> TakenReply {
        var taken = TakenReply()
        var entries: [PageEntry] = []
        do throws(PageFault) {
            try reply.changes.checkContiguity(after: since)
            entries = try PageEntry.read(reply.changes)
        } catch {
            taken.fault = error
        }
        try write { db in
            for result in reply.results {
                if let meaning = try db.acknowledge(result, at: now) { taken.meanings.append(meaning) }
            }
            taken.isCopied = reply.lastMutation > (try db.metaNumber(.lastN) ?? 0)
            if taken.fault == nil, !taken.isCopied {
                try PageWriter(db: db, now: now).take(reply.changes, entries: entries, epoch: reply.epoch)
            }
            if taken.meanings.contains(where: { !$0.rejections.isEmpty || !$0.aliases.isEmpty }) {
                try db.rebuildOverlay()
            }
        }
        return taken
    }
}
