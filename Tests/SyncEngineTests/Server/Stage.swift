import AnnotationModel
import AnnotationModelTestSupport
import Digest
import JSONText
import SyncEngine
import SyncProtocol
import Synchronization
import Testing

/// A whole project in memory, to which clients push: each push is loaded, planned and "written" as a server would.
struct Stage {
    static let text = ArticleText("Vladimir Poutine 👍🏽 a reçu Élisabeth à Paris.")
    static let sha = SHA256.hash(text.text)

    let article = EntityID(high: 0xa0, low: 1)
    let otherArticle = EntityID(high: 0xa0, low: 2)
    var state: ProjectState
    var log: [LogRecord] = []
    /// Each result, with its versions as in the log.
    var results: [MutationResult] = []
    var plans: [WritePlan] = []
    let ids: IDSource

    init(layers: LayerMode = .own, visibility: Visibility = .all, access: Access = .all, seed: UInt64 = 1) {
        let project = Project(
            id: EntityID(high: 1, low: 1), name: "presse", layers: layers, visibility: visibility, access: access)
        let labels = [
            Label(
                key: "PER", kind: .span,
                attributes: [
                    LabelAttribute(key: "certain", type: .boolean), LabelAttribute(key: "note", type: .string),
                ]),
            Label(key: "ORG", kind: .span, attributes: [LabelAttribute(key: "certain", type: .boolean)]),
            Label(
                key: "QUOTE", kind: .span,
                attributes: [
                    LabelAttribute(key: "stance", type: .choice(["pro", "contra"])),
                    LabelAttribute(key: "score", type: .number),
                    LabelAttribute(key: "certain", type: .string),
                ]),
            Label(key: "GAP", kind: .span, zeroWidth: true),
            Label(key: "topic", kind: .document),
            Label(
                key: "said_by", kind: .relation, attributes: [LabelAttribute(key: "certain", type: .boolean)],
                from: ["QUOTE"], to: ["PER", "ORG"]),
            Label(key: "near", kind: .relation),
            Label(key: "OLD", kind: .span, retired: true),
        ]
        state = ProjectState(
            project: project, epoch: EntityID(high: 9, low: 9), head: 100,
            labels: Dictionary(uniqueKeysWithValues: labels.map { ($0.key, $0) }))
        for id in [article, otherArticle] {
            let row = Article(
                id: id, externalID: id.text, metadata: JSONObject(), articleVersion: Self.sha, length: Self.text.length,
                version: 1)
            state.articles[id] = ArticleState(article: row, isDeleted: false)
            state.articleVersions.insert(ArticleVersionKey(articleID: id, sha256: Self.sha))
        }
        state.texts[Self.sha] = Self.text
        let clock = Mutex<(Int64, SeededGenerator)>((0, SeededGenerator(seed: seed)))
        ids = IDSource(
            now: {
                clock.withLock {
                    $0.0 += 1_000_000; return Timestamp(microseconds: 1_790_000_000_000_000 + $0.0)
                }
            },
            random: { clock.withLock { $0.1.next() } })
    }

    // MARK: Pushing

    /// Pushes one mutation, and checks what holds for every plan.
    @discardableResult
    mutating func push(
        _ device: Device, _ operations: [Operation], atomic: Bool = false, since: Int64? = nil,
        location: SourceLocation = #_sourceLocation
    ) -> MutationResult {
        push(device, content: operations.map { .success($0) }, atomic: atomic, since: since, location: location)
    }

    @discardableResult
    mutating func push(
        _ device: Device, content: [Result<Operation, Refusal>], atomic: Bool = false, since: Int64? = nil,
        location: SourceLocation = #_sourceLocation
    ) -> MutationResult {
        let mutation = received(content, atomic: atomic)
        return push([(device, mutation)], since: since, location: location)[0]
    }

    func received(_ content: [Result<Operation, Refusal>], atomic: Bool = false, n: Int64? = nil) -> ReceivedMutation {
        let n = n ?? Int64(results.count + 1)
        return ReceivedMutation(
            n: n, madeAt: ids.now(), atomic: atomic, isVoid: false, bytes: Array("mutation \(n)".utf8),
            content: .success(content))
    }

    /// Pushes mutations of several devices in one plan, as a group commit does.
    @discardableResult
    mutating func push(
        _ mutations: [(Device, ReceivedMutation)], since: Int64? = nil, location: SourceLocation = #_sourceLocation
    ) -> [MutationResult] {
        let before = state
        var planner = Planner(state: state)
        for (device, mutation) in mutations {
            planner.apply(mutation, as: context(device, since: since ?? state.head))
        }
        let plan = planner.plan
        expectSound(plan, before: before, after: planner.state, location: location)
        for entry in plan.entries {
            log.append(
                LogRecord(
                    seq: before.head + entry.offset, tag: Tag(bits: UInt64(plans.count + 1)),
                    transactionEnd: before.head + plan.changeCount, kind: entry.kind, entity: entry.entity,
                    id: entry.id, articleID: entry.articleID, owner: entry.owner, author: entry.author,
                    row: entry.row?.canonicalBytes, by: entry.by, originClient: entry.client, originN: entry.n))
        }
        state = planner.state
        state.head += plan.changeCount
        plans.append(plan)
        let told = plan.results.map { $0.result.shifted(by: before.head) }
        results += told
        return told
    }

    func context(_ device: Device, since: Int64?) -> PushContext {
        PushContext(
            user: device.user.id, role: device.user.role, client: device.client,
            since: device.client == nil ? nil : since, ids: ids, assigned: device.user.assigned, done: device.user.done)
    }

    /// The last image of each entity in the log is its row; each row is written once; offsets have no gap.
    private func expectSound(
        _ plan: WritePlan, before: ProjectState, after: ProjectState, location: SourceLocation
    ) {
        #expect(plan.entries.map(\.offset) == Array(1..<(Int64(plan.entries.count) + 1)), sourceLocation: location)
        #expect(Set(plan.rows.map { EntityKey($0.stored.row.kind, $0.stored.row.id) }).count == plan.rows.count)
        // Plain comparisons: an expectation for each row would make the long runs slow.
        for write in plan.rows {
            let key = EntityKey(write.stored.row.kind, write.stored.row.id)
            let last = plan.entries.last { EntityKey($0.entity, $0.id) == key }
            let isSound =
                write.isNew == (before.rows[key] == nil) && last?.offset == write.offset
                && last?.row == (write.stored.deleted == nil ? write.stored.row : nil)
                && after.rows[key] == write.stored
            if !isSound { Issue.record("\(key) is not written as it stands", sourceLocation: location) }
        }
        let written = Set(plan.rows.map { EntityKey($0.stored.row.kind, $0.stored.row.id) })
        for (key, stored) in after.rows
        where key.kind != .conflict && !written.contains(key) && before.rows[key] != stored {
            Issue.record("\(key) was changed but not written", sourceLocation: location)
        }
    }

    // MARK: Looking

    func stored(_ kind: EntityKind, _ id: EntityID) -> StoredRow? {
        state.rows[EntityKey(kind, state.aliases[id] ?? id)]
    }

    func annotation(_ id: EntityID) -> Annotation? {
        guard case .annotation(let row)? = stored(.annotation, id)?.row else { return nil }
        return row
    }

    func isDeleted(_ kind: EntityKind, _ id: EntityID) -> Bool { stored(kind, id)?.deleted != nil }

    func conflict(_ id: EntityID?) -> Conflict? {
        guard let id, case .conflict(let row)? = state.rows[EntityKey(.conflict, id)]?.row else { return nil }
        return row
    }

    var conflicts: [Conflict] {
        state.rows.values.compactMap { if case .conflict(let row) = $0.row { row } else { nil } }
            .sorted { $0.id < $1.id }
    }

    var openConflicts: [Conflict] { conflicts.filter { $0.state == .open } }

    mutating func place(_ row: Row, by device: Device) {
        let stamp = Stamp(by: device.user.id, client: device.client, at: ids.now())
        state.rows[EntityKey(row.kind, row.id)] = StoredRow(row: row, history: RowHistory(created: stamp))
    }
}

struct Person {
    var id: EntityID
    var role: Role
    var assigned: Set<EntityID> = []
    var done: Set<EntityID> = []

    init(_ number: UInt64, _ role: Role = .annotator) {
        id = EntityID(high: 0xb0, low: number)
        self.role = role
    }
}

/// One client of a person; nil for plain HTTP.
struct Device {
    var user: Person
    var client: EntityID?

    init(_ user: Person, _ number: UInt64?) {
        self.user = user
        client = number.map { EntityID(high: 0xc0 + user.id.low, low: $0) }
    }
}

let ada = Person(1)
let bea = Person(2)
let rex = Person(3, .reviewer)
let mia = Person(4, .manager)
let vic = Person(5, .viewer)
let laptop = Device(ada, 1)
let phone = Device(ada, 2)
let beas = Device(bea, 1)
let rexs = Device(rex, 1)
let mias = Device(mia, 1)

func id(_ number: UInt64) -> EntityID { EntityID(high: 0xd0, low: number) }
