import AnnotationModel
import AnnotationModelTestSupport
import Digest
import JSONText
import SyncEngine
import SyncProtocol

/// Makes plans of random writes of all kinds that clients push, and remembers what the rows must be by then.
struct RandomPlans {
    let fixture: LogFixture
    var rows: RandomRows
    private(set) var model: [EntityKey: StoredRow] = [:]
    private(set) var lastMutation: Int64 = 0
    private(set) var results: [ResultWrite] = []
    private(set) var aliases: [EntityID: EntityID] = [:]

    init(_ fixture: LogFixture, seed: UInt64) {
        self.fixture = fixture
        rows = RandomRows(seed: seed)
    }

    /// A plan of the fixture's third user's client, by hand of any of the users.
    mutating func next(changes: Int) -> WritePlan {
        var plan = WritePlan()
        var touched: Set<EntityKey> = []
        for _ in 0..<changes {
            let isNew = model.isEmpty || rows.random.one(in: 2)
            guard let (stored, isDeleted) = isNew ? fresh() : changed(touched) else { continue }
            let key = EntityKey(stored.row.kind, stored.row.id)
            guard touched.insert(key).inserted else { continue }
            let offset = Int64(plan.entries.count + 1)
            let audience = stored.row.audience { key in model[key]?.row }
            plan.entries.append(
                LogEntry(
                    offset: offset, kind: isDeleted ? .del : .put, entity: key.kind, id: key.id,
                    row: isDeleted ? nil : stored.row, articleID: audience.articleID, owner: audience.owner,
                    author: audience.author, by: fixture.users[2], client: fixture.clients[2], n: lastMutation + 1))
            plan.rows.append(RowWrite(stored: stored, isNew: isNew, offset: offset))
            model[key] = stored
        }
        if rows.random.one(in: 3), let target = model.keys.first(where: { $0.kind == .annotation }) {
            let alias = rows.id()
            aliases[alias] = target.id
            plan.aliases.append((alias: alias, id: target.id))
        }
        lastMutation += 1
        let isRejected = rows.random.one(in: 3)
        let result = ResultWrite(
            client: fixture.clients[2],
            result: MutationResult(
                n: lastMutation, status: isRejected ? .rejected : .applied,
                operations: [OperationResult(status: isRejected ? .rejected : .applied, version: isRejected ? nil : 1)]),
            digest: SHA256.hash("mutation \(lastMutation)"),
            payload: isRejected ? Array("{\"n\":\(lastMutation)}\u{0}".utf8) : nil)
        results.append(result)
        plan.results = [result]
        return plan
    }

    /// Takes over the versions that a commit gave.
    mutating func committed(_ plan: WritePlan, base: Int64) {
        for write in plan.rows {
            let key = EntityKey(write.stored.row.kind, write.stored.row.id)
            model[key]?.row.version = base + write.offset
        }
    }

    /// Names all rows of the model.
    var request: LoadRequest {
        var request = LoadRequest()
        request.rows = Set(model.keys)
        return request
    }

    private mutating func stamp() -> Stamp {
        Stamp(
            by: rows.random.pick(fixture.users), client: rows.random.one(in: 2) ? rows.id() : nil, at: rows.time())
    }

    private func annotations(where isWanted: (Annotation) -> Bool = { _ in true }) -> [Annotation] {
        model.values.compactMap { stored in
            guard case .annotation(let row) = stored.row, stored.deleted == nil, isWanted(row) else { return nil }
            return row
        }.sorted { $0.id < $1.id }
    }

    private mutating func fresh() -> (StoredRow, isDeleted: Bool)? {
        guard var row = freshRow() else { return nil }
        row.version = 0
        let author = row.author ?? fixture.manager
        var history = RowHistory(created: Stamp(by: author, client: nil, at: createdAt(row)))
        if rows.random.one(in: 2) {
            history = RowHistory(created: stamp(), last: rows.random.one(in: 2) ? stamp() : nil)
        }
        if case .conflict(let conflict) = row {
            let kept = conflict.kept
            return (
                StoredRow(
                    row: row, history: RowHistory(created: Stamp(by: kept.by, client: kept.client, at: kept.at))), false
            )
        }
        // Created and deleted in one mutation.
        let deleted = rows.random.one(in: 10) ? stamp() : nil
        return (StoredRow(row: row, history: history, deleted: deleted), deleted != nil)
    }

    private func createdAt(_ row: Row) -> Timestamp {
        switch row {
        case .annotation(let row): row.createdAt
        case .relation(let row): row.createdAt
        case .comment(let row): row.createdAt
        case .review(let row): row.createdAt
        default: Timestamp(microseconds: 0)
        }
    }

    private mutating func freshRow() -> Row? {
        let parents = annotations()
        let kind = rows.random.int(0...9)
        if kind < 4 || parents.isEmpty {
            let article = rows.random.pick(fixture.articles)
            var row = rows.annotation()
            row.articleID = article.id
            row.author = rows.random.pick(fixture.users)
            row.anchor = rows.anchor(on: article.text, version: article.version)
            return .annotation(row)
        }
        let parent = rows.random.pick(parents)
        let user = rows.random.pick(fixture.users)
        switch kind {
        case 4:
            let ends = annotations { $0.articleID == parent.articleID && $0.layer == parent.layer }
            return .relation(
                Relation(
                    id: rows.id(), articleID: parent.articleID, author: user, layer: parent.layer, label: rows.string(),
                    attributes: rows.attributes(), from: parent.id, to: rows.random.pick(ends).id,
                    createdAt: rows.time()))
        case 5:
            return .comment(
                Comment(
                    id: rows.id(), articleID: parent.articleID, annotationID: parent.id, author: user,
                    text: rows.string(), createdAt: rows.time()))
        case 6:
            let isTaken = model.values.contains { stored in
                guard case .review(let row) = stored.row else { return false }
                return row.annotationID == parent.id && row.reviewer == user
            }
            if isTaken { return nil }
            return .review(
                Review(
                    id: rows.id(), articleID: parent.articleID, annotationID: parent.id, reviewer: user,
                    decision: rows.random.pick(ReviewDecision.allCases), text: rows.string(), createdAt: rows.time()))
        case 7:
            let article = rows.random.pick(fixture.articles).id
            let isTaken = model.values.contains { stored in
                guard case .assignment(let row) = stored.row else { return false }
                return row.articleID == article && row.user == user
            }
            if isTaken { return nil }
            return .assignment(
                Assignment(
                    id: rows.id(), articleID: article, user: user, state: rows.random.pick(AssignmentState.allCases),
                    expiresAt: rows.random.one(in: 2) ? rows.time() : nil))
        default:
            return .conflict(
                Conflict(
                    id: rows.id(), articleID: parent.articleID, entity: .annotation, entityID: parent.id,
                    field: "attributes/stance", kept: side(), other: side(),
                    state: rows.random.one(in: 3) ? .resolved : .open))
        }
    }

    private mutating func side() -> ConflictSide {
        let stamp = stamp()
        let value: JSONValue = rows.random.one(in: 4) ? .null : .object(rows.metadata())
        return ConflictSide(value: value, by: stamp.by, client: stamp.client, at: stamp.at)
    }

    /// A row as somebody changes, deletes or revives it.
    private mutating func changed(_ touched: Set<EntityKey>) -> (StoredRow, isDeleted: Bool)? {
        let keys = model.keys.filter { !touched.contains($0) }.sorted { $0.id < $1.id }
        guard !keys.isEmpty, var stored = model[rows.random.pick(keys)] else { return nil }
        switch stored.row {
        case .annotation(var row):
            let article = fixture.articles.first { $0.id == row.articleID }
            if let article, rows.random.one(in: 2) {
                row.anchor = rows.anchor(on: article.text, version: article.version)
            }
            row.attributes = rows.attributes()
            row.state = rows.random.pick(AnnotationState.allCases)
            stored.row = .annotation(row)
        case .relation(var row):
            row.label = rows.string()
            stored.row = .relation(row)
        case .comment(var row):
            row.text = rows.string()
            stored.row = .comment(row)
        case .review(var row):
            row.text = rows.string()
            row.decision = rows.random.pick(ReviewDecision.allCases)
            stored.row = .review(row)
        case .assignment(var row):
            row.state = rows.random.pick(AssignmentState.allCases)
            stored.row = .assignment(row)
        case .conflict(var row):
            row.state = .resolved
            row.choice = rows.random.pick(Conflict.Choice.allCases)
            row.resolvedBy = rows.random.pick(fixture.users)
            stored.row = .conflict(row)
            return (stored, false)
        default: return nil
        }
        let stamp = stamp()
        stored.history.last = stamp
        stored.history.fields[rows.random.pick(["label", "attributes/stance", "anchor", "text"])] = stamp
        stored.deleted = rows.random.one(in: 5) ? self.stamp() : nil
        return (stored, stored.deleted != nil)
    }
}
