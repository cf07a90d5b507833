import AnnotationModel
import SyncProtocol

// The state is changed in place, and each step is written down: an operation that fails, or an atomic mutation, is
// undone by going back.

extension Planner {
    /// The row that an id names, by whatever alias.
    func real(_ kind: EntityKind, _ id: EntityID) -> EntityKey {
        let key = EntityKey(kind, id)
        guard state.rows[key] == nil, let real = state.aliases[id] else { return key }
        return EntityKey(kind, real)
    }

    func row(_ key: EntityKey) -> Row? { state.rows[key]?.row }

    func audience(of row: Row) -> Audience { row.audience { self.row($0) } }

    mutating func write(_ stored: StoredRow) throws(Refusal) {
        let key = EntityKey(stored.row.kind, stored.row.id)
        let bytes = stored.row.canonicalBytes.count
        guard bytes <= Limits.rowBytes else {
            throw Refusal(
                .tooLarge,
                "the \(key.kind.rawValue) \(key.id) would have \(bytes) bytes; at most \(Limits.rowBytes) are allowed")
        }
        journal.append(.row(key, state.rows.updateValue(stored, forKey: key)))
    }

    mutating func addAlias(_ alias: EntityID, of id: EntityID) {
        guard alias != id, state.aliases[alias] == nil else { return }
        journal.append(.alias(alias))
        state.aliases[alias] = id
    }

    mutating func addTwin(_ row: Annotation) {
        let key = TwinKey(articleID: row.articleID, hash: row.contentHash)
        journal.append(.twins(key, state.twins[key]))
        state.twins[key, default: []].append(row.id)
    }

    mutating func addReview(_ row: Review) {
        let key = ReviewKey(row)
        journal.append(.review(key, reviews.updateValue(row.id, forKey: key)))
    }

    mutating func setOpenConflicts(_ ids: [EntityID], of key: EntityKey) {
        journal.append(.openConflicts(key, state.openConflicts.updateValue(ids, forKey: key)))
    }

    /// Takes back every step after the first `mark`.
    mutating func undo(to mark: Int) {
        while journal.count > mark, let change = journal.popLast() {
            switch change {
            case .row(let key, let before): state.rows[key] = before
            case .alias(let alias): state.aliases[alias] = nil
            case .openConflicts(let key, let before): state.openConflicts[key] = before
            case .twins(let key, let before): state.twins[key] = before
            case .review(let key, let before): reviews[key] = before
            }
        }
    }

    /// The rows that the running mutation changed, in the order of their first change, and whether each is new.
    private func touched() -> [(key: EntityKey, isNew: Bool)] {
        var seen: Set<EntityKey> = []
        var touched: [(key: EntityKey, isNew: Bool)] = []
        for case .row(let key, let before) in journal where seen.insert(key).inserted {
            touched.append((key, before == nil))
        }
        return touched
    }

    func journalSize() -> Size {
        var size = Size()
        for (key, _) in touched() {
            size.changes += 1
            if let stored = state.rows[key], stored.deleted == nil { size.rowBytes += stored.row.canonicalBytes.count }
        }
        return size
    }

    /// One entry for each row that the mutation changed, however many of its operations did.
    mutating func writeEntries(of mutation: ReceivedMutation, as context: PushContext) {
        for (key, isNew) in touched() {
            guard var stored = state.rows[key] else { continue }
            let offset = Int64(plan.entries.count + 1)
            stored.row.version = state.head + offset
            state.rows[key] = stored
            let audience = self.audience(of: stored.row)
            let isDeleted = stored.deleted != nil
            plan.entries.append(
                LogEntry(
                    offset: offset, kind: isDeleted ? .del : .put, entity: key.kind, id: key.id,
                    row: isDeleted ? nil : stored.row, articleID: audience.articleID, owner: audience.owner,
                    author: audience.author, by: context.user, client: context.client,
                    n: context.client == nil ? nil : mutation.n))
            if let index = planned[key] {
                plan.rows[index].stored = stored
                plan.rows[index].offset = offset
            } else {
                planned[key] = plan.rows.count
                plan.rows.append(RowWrite(stored: stored, isNew: isNew, offset: offset))
            }
        }
        for case .alias(let alias) in journal {
            if let id = state.aliases[alias] { plan.aliases.append((alias, id)) }
        }
        journal.removeAll(keepingCapacity: true)
    }

    /// The version that a result tells of a row: its place in this plan, or its own version, negated.
    func version(of key: EntityKey) -> Int64? {
        if let index = planned[key] { return plan.rows[index].offset }
        return state.rows[key].map { -$0.row.version }
    }
}
