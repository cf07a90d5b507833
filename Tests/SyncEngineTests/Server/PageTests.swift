import AnnotationModel
import AnnotationModelTestSupport
import JSONText
import SyncEngine
import SyncProtocol
import Testing

@Suite("Pages of the log") struct PageTests {
    static let article = EntityID(high: 0xa0, low: 1)

    static func viewer(
        _ role: Role = .annotator, visibility: Visibility = .own, access: Access = .all,
        assigned: Set<EntityID> = [], done: Set<EntityID> = []
    ) -> Viewer {
        let project = Project(id: id(500), name: "p", visibility: visibility, access: access)
        return Viewer(user: ada.id, role: role, project: project, assigned: assigned, done: done)
    }

    /// Records with these ends of transactions.
    static func records(
        _ changes: [(entity: UInt64, kind: ChangeEntry.Kind, owner: EntityID?)], after since: Int64 = 0,
        transactions: [Int]
    ) -> [LogRecord] {
        var records: [LogRecord] = []
        var next = 0
        for (number, size) in transactions.enumerated() {
            let end = since + Int64(next + size)
            for change in changes[next..<(next + size)] {
                let seq = since + Int64(records.count + 1)
                records.append(
                    LogRecord(
                        seq: seq, tag: Tag(bits: UInt64(number + 1)), transactionEnd: end, kind: change.kind,
                        entity: .annotation, id: id(change.entity), articleID: Self.article, owner: change.owner,
                        author: nil, row: change.kind == .put ? Array("{\"a\":\(seq)}".utf8) : nil, by: bea.id,
                        originClient: beas.client, originN: seq))
            }
            next += size
        }
        return records
    }

    static func page(
        _ records: [LogRecord], viewer: Viewer = viewer(), since: Int64 = 0, limit: Int? = nil
    ) -> ChangePage {
        var builder = PageBuilder(
            viewer: viewer, since: since, at: nil, head: records.last?.seq ?? since, limit: limit)
        for record in records where record.seq > since { guard builder.add(record) else { break } }
        return builder.page()
    }

    @Test("Entries of one entity are coalesced, with the last one's version in its row")
    func coalescing() throws {
        let page = Self.page(
            Self.records([(1, .put, nil), (2, .put, nil), (1, .put, nil), (1, .put, nil)], transactions: [1, 3]))
        #expect(page.entries.map(\.seq) == [2, 4])
        #expect(page.entries.map(\.n) == [1, 3])
        #expect(page.count == 4)
        #expect(page.hidden == 0)
        #expect(page.to == 4)
        #expect(page.at == Tag(bits: 2))
        #expect(page.complete)
        let row = try JSONValue(parsing: try #require(page.entries[1].row))
        #expect(row == ["a": 4, "version": 4])
        #expect(page.entries[1].origin?.client == beas.client)
        #expect(page.entries[1].by == bea.id)
    }

    @Test("A del stands for what came before it, and is sent even where a put comes after it")
    func dels() {
        let page = Self.page(
            Self.records(
                [(1, .put, nil), (1, .put, nil), (1, .del, nil), (1, .put, nil), (1, .put, nil), (2, .del, nil)],
                transactions: [6]))
        #expect(page.entries.map(\.kind) == [.del, .put, .del])
        #expect(page.entries.map(\.seq) == [3, 5, 6])
        #expect(page.entries.map(\.n) == [3, 2, 1])
        #expect(page.entries[0].row == nil)
    }

    @Test("What the reader may not see is counted, and the cursor goes over it")
    func hidden() {
        let records = Self.records(
            [(1, .put, bea.id), (2, .put, ada.id), (3, .put, nil), (4, .del, bea.id)], transactions: [2, 2])
        let page = Self.page(records)
        #expect(page.entries.map(\.id) == [id(2).text, id(3).text])
        #expect(page.count == 2)
        #expect(page.hidden == 2)
        #expect(page.to == 4)
        #expect(Self.page(records, viewer: Self.viewer(.reviewer)).hidden == 0)
        #expect(Self.page(records, viewer: Self.viewer(visibility: .all)).hidden == 0)
        #expect(Self.page(records, viewer: Self.viewer(visibility: .afterDone)).hidden == 2)
        #expect(Self.page(records, viewer: Self.viewer(visibility: .afterDone, done: [Self.article])).hidden == 0)
        #expect(Self.page(records, viewer: Self.viewer(visibility: .all, access: .assigned)).hidden == 4)
        #expect(
            Self.page(records, viewer: Self.viewer(visibility: .all, access: .assigned, assigned: [Self.article]))
                .hidden == 0)
    }

    @Test("A page ends at a transaction's end after its limit, and has one whole transaction at least")
    func ends() {
        let records = Self.records((1...9).map { ($0, .put, nil) }, transactions: [3, 3, 3])
        #expect(Self.page(records, limit: 1).to == 3)
        #expect(Self.page(records, limit: 3).to == 3)
        #expect(Self.page(records, limit: 4).to == 6)
        #expect(!Self.page(records, limit: 4).complete)
        #expect(Self.page(records, limit: 4).head == 9)
        #expect(Self.page(records, since: 6, limit: 4).complete)
        #expect(Self.page(records, limit: 0).to == 3)
    }

    @Test("A transaction that was read in part is left out")
    func unfinished() {
        let records = Self.records((1...6).map { ($0, .put, nil) }, transactions: [2, 4])
        var builder = PageBuilder(viewer: Self.viewer(), since: 0, at: nil, head: 6)
        #expect(builder.isEmpty)
        _ = builder.add(records[0])
        #expect(builder.isEmpty)
        for record in records[1..<5] { _ = builder.add(record) }
        let page = builder.page()
        #expect(page.to == 2)
        #expect(page.entries.count == 2)
        #expect(!page.complete)
    }

    @Test("An empty page keeps the cursor")
    func empty() {
        let page = PageBuilder(viewer: Self.viewer(), since: 7, at: Tag(bits: 9), head: 7).page()
        #expect(page.from == 7)
        #expect(page.to == 7)
        #expect(page.at == Tag(bits: 9))
        #expect(page.complete)
        #expect(page.count == 0)
        #expect(page.views == nil)
    }

    @Test("Pages are bounded by what was visible, by what was scanned and by bytes")
    func bounds() {
        let visible = Self.records((1...6000).map { ($0, .put, nil) }, transactions: Array(repeating: 100, count: 60))
        #expect(Self.page(visible).to == 5000)
        #expect(Self.page(visible, limit: 100_000).to == 5000)
        let hidden = Self.records(
            (1...60_000).map { ($0, .put, bea.id) }, transactions: Array(repeating: 1000, count: 60))
        let page = Self.page(hidden)
        #expect(page.to == 50_000)
        #expect(page.hidden == 50_000)
        var large = Self.records((1...100).map { ($0, .put, nil) }, transactions: Array(repeating: 1, count: 100))
        for index in large.indices {
            large[index].row = Array("{\"a\":\"\(String(repeating: "x", count: 60_000))\"}".utf8)
        }
        let bytes = Self.page(large)
        #expect(bytes.to == 70)
    }

    // MARK: Views

    func record(_ entity: EntityKind, _ entityID: EntityID, author: EntityID? = nil, row: String = "{}") -> LogRecord {
        LogRecord(
            seq: 1, tag: Tag(bits: 1), transactionEnd: 1, kind: .put, entity: entity, id: entityID,
            articleID: entity == .assignment ? Self.article : nil, owner: nil, author: author, row: Array(row.utf8),
            by: .nobody, originClient: nil, originN: nil)
    }

    @Test("A change of the user's membership or of the settings concerns every article; another's does not")
    func membership() {
        var builder = PageBuilder(viewer: Self.viewer(), since: 0, at: nil, head: 1)
        _ = builder.add(record(.member, bea.id))
        #expect(builder.concerned == .nothing)
        #expect(builder.page().views == nil)
        for record in [record(.member, ada.id), record(.project, id(500))] {
            var builder = PageBuilder(
                viewer: Self.viewer(access: .assigned, assigned: [Self.article]), since: 0, at: nil, head: 1)
            _ = builder.add(record)
            #expect(builder.concerned == .all)
            let other = EntityID(high: 0xa0, low: 2)
            #expect(
                builder.page(allArticles: [other, Self.article]).views
                    == .articles([(Self.article, .own), (other, .none)]))
            #expect(builder.page(allArticles: (0...1000).map { id($0) }).views == .changed)
            #expect(builder.page(allArticles: (1...1000).map { id($0) }).views != .changed)
        }
    }

    @Test("One's own assignment concerns its article, also when it is no longer shown")
    func assignment() {
        var builder = PageBuilder(viewer: Self.viewer(access: .assigned), since: 0, at: nil, head: 1)
        _ = builder.add(record(.assignment, id(7), author: ada.id))
        #expect(builder.concerned == .articles([Self.article]))
        let page = builder.page()
        #expect(page.hidden == 1)
        #expect(page.views == .articles([(Self.article, .none)]))
        var others = PageBuilder(viewer: Self.viewer(), since: 0, at: nil, head: 1)
        _ = others.add(record(.assignment, id(7), author: bea.id))
        #expect(others.page().views == nil)
    }

    @Test("A label goes by its key, and what came from nobody has no author")
    func labels() {
        var builder = PageBuilder(viewer: Self.viewer(), since: 0, at: nil, head: 1)
        _ = builder.add(record(.label, Label.id(forKey: "PER"), row: "{\"key\":\"PER\"}"))
        let entry = builder.page().entries[0]
        #expect(entry.id == "PER")
        #expect(entry.by == nil)
        #expect(entry.origin == nil)
    }

    // MARK: Properties

    @Test("Pages follow on one another without a gap and give the state that the log gives", arguments: UInt64(1)...40)
    func contiguity(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let count = random.int(1...200)
        let changes = (0..<count).map { _ in
            let entity = UInt64(random.int(1...20))
            // Of an entity the owner never changes.
            let owner = [nil, ada.id, bea.id][Int(entity % 3)]
            return (entity: entity, kind: random.one(in: 4) ? ChangeEntry.Kind.del : .put, owner: owner)
        }
        var transactions: [Int] = []
        while transactions.reduce(0, +) < count {
            transactions.append(min(random.int(1...12), count - transactions.reduce(0, +)))
        }
        let since = Int64(random.int(0...1000))
        let log = Self.records(changes, after: since, transactions: transactions)
        let head = since + Int64(count)
        let viewer = Self.viewer()

        var replica: [String: Int64] = [:]
        var cursor = since
        var dels = 0
        while cursor < head {
            var builder = PageBuilder(viewer: viewer, since: cursor, at: nil, head: head, limit: random.int(1...30))
            for record in log where record.seq > cursor { guard builder.add(record) else { break } }
            let page = builder.page()
            #expect(page.from == cursor)
            #expect(page.to > cursor)
            #expect(Int64(page.count + page.hidden) == page.to - page.from)
            #expect(page.entries.reduce(0) { $0 + $1.n } == page.count)
            #expect(page.entries.map(\.seq) == page.entries.map(\.seq).sorted())
            #expect(page.entries.allSatisfy { $0.seq > page.from && $0.seq <= page.to })
            #expect(log.contains { $0.seq == page.to && $0.transactionEnd == page.to && $0.tag == page.at })
            #expect(page.complete == (page.to == head))
            for entry in page.entries {
                switch entry.kind {
                case .put: replica[entry.id] = entry.seq
                case .del:
                    replica[entry.id] = nil
                    dels += 1
                }
            }
            cursor = page.to
        }

        let shown = log.filter { viewer.sees($0) }
        var expected: [String: Int64] = [:]
        for record in shown { expected[record.id.text] = record.kind == .put ? record.seq : nil }
        #expect(replica == expected)
        #expect(dels == shown.count { $0.kind == .del })
    }
}
