import AnnotationModel
import AnnotationModelTestSupport
import AnnotationStore
import Digest
import JSONText
import Postgres
import SyncEngine
import SyncProtocol
import Testing

@Suite("A snapshot")
struct SnapshotTests {
    private func id(_ number: UInt64) -> EntityID { EntityID(high: 0x0199_0000_0000_7000, low: number) }

    private func viewer(_ fixture: LogFixture, user: Int) async throws -> Viewer {
        let (project, rights, _) = try #require(
            try await fixture.log.rights(project: fixture.project, user: fixture.users[user]))
        return try #require(rights.viewer(fixture.users[user], of: project))
    }

    private func rows(
        _ fixture: LogFixture, user: Int, limit: Int = 1000, articles: [EntityID]? = nil, withTexts: Bool = false,
        between: () async throws -> Void = {}
    ) async throws -> (header: SnapshotHeader, rows: [SnapshotRow]) {
        let reader = SnapshotReader(fixture.database)
        let header = try #require(try await reader.header(project: fixture.project, client: fixture.clients[2]))
        var position = SnapshotPosition(start: header, ofArticles: articles != nil)
        var all: [SnapshotRow] = []
        while true {
            let page = try await reader.page(
                project: fixture.project, after: position, limit: limit, articles: articles, withTexts: withTexts,
                viewer: try await viewer(fixture, user: user))
            #expect(page.rows.count <= limit)
            all += page.rows
            guard let next = page.next else { return (header, all) }
            // As a client that was cut off takes it up again.
            position = try #require(SnapshotPosition(encoded: next.encoded))
            #expect(position == next && position.header == header)
            try await between()
        }
    }

    /// Writes random rows of all kinds.
    private func fill(_ fixture: LogFixture, seed: UInt64, sizes: [Int] = [40, 60, 60]) async throws -> RandomPlans {
        var plans = RandomPlans(fixture, seed: seed)
        for size in sizes {
            let plan = plans.next(changes: size)
            plans.committed(plan, base: try #require(try await fixture.commit(plan)).base)
        }
        return plans
    }

    private func names(_ rows: [SnapshotRow]) -> [String] { rows.map { "\($0.kind.rawValue) \($0.id)" }.sorted() }

    @Test("Pages of any size hold every live row once, as the log has it", arguments: [1, 7, 1000])
    func complete(limit: Int) async throws {
        try await LogFixture.with { fixture in
            let plans = try await fill(fixture, seed: 5)
            let (header, rows) = try await rows(fixture, user: 0, limit: limit)
            #expect(header.lastMutation == plans.lastMutation)
            let live = plans.model.values.filter { $0.deleted == nil }
            var expected = live.map { "\($0.row.kind.rawValue) \($0.row.wireID)" }
            expected += ["project \(fixture.project.text)"] + fixture.users.map { "member \($0.text)" }
            expected += LogFixture.labels.map { "label \($0.key)" } + fixture.articles.map { "article \($0.id.text)" }
            #expect(names(rows.filter { $0.kind != .articleVersion }) == expected.sorted())
            #expect(rows.count { $0.kind == .articleVersion } == fixture.articles.count)
            let order = rows.map(\.kind)
            #expect(order.firstIndex(of: .article)! < order.firstIndex(of: .annotation)!)

            let records = try await fixture.allRecords()
            for row in rows {
                #expect(row.canonical == records[Int(row.version) - 1].row)
                let line = try JSONValue(parsing: row.line)
                #expect(line["version"]?.intValue == Int(row.version))
            }
        }
    }

    @Test(
        "Rows deleted and made between pages are right after the pull from the snapshot's head",
        arguments: [1, 2, 3, 4])
    func changesBetweenPages(seed: UInt64) async throws {
        try await LogFixture.with(seed: seed) { fixture in
            var plans = try await fill(fixture, seed: seed)
            let (header, rows) = try await rows(fixture, user: 0, limit: 20) {
                let plan = plans.next(changes: 12)
                plans.committed(plan, base: try #require(try await fixture.commit(plan)).base)
            }
            // A replica: a row is applied only over an older version.
            var replica: [String: (version: Int64, row: [UInt8]?)] = [:]
            func apply(_ name: String, _ version: Int64, _ row: [UInt8]?) {
                if let known = replica[name], known.version >= version { return }
                replica[name] = (version, row)
            }
            for row in rows { apply("\(row.kind.rawValue) \(row.id)", row.version, row.canonical) }
            let log = try await fixture.allRecords(after: header.asOf)
            #expect(!log.isEmpty, "the test writes between pages")
            for record in log { apply("\(record.entity.rawValue) \(record.id.text)", record.seq, record.row) }
            for stored in plans.model.values {
                let name = "\(stored.row.kind.rawValue) \(stored.row.wireID)"
                let expected = stored.deleted == nil ? stored.row.canonicalBytes : nil
                #expect(replica[name]?.row == expected)
            }
        }
    }

    @Test(
        "It holds what the viewer sees of the log, neither more nor less",
        arguments: [
            (Visibility.own, Access.all), (.afterDone, .all), (.all, .all), (.own, .assigned), (.afterDone, .assigned),
            (.all, .assigned),
        ])
    func visibility(visibility: Visibility, access: Access) async throws {
        let settings = Project(id: id(500), name: "seen", visibility: visibility, access: access)
        try await LogFixture.with(settings: settings) { fixture in
            _ = try await fill(fixture, seed: 21, sizes: [60, 60, 60, 60])
            // The last image of each row, with who sees it.
            var images: [EntityID: LogRecord] = [:]
            for record in try await fixture.allRecords() { images[record.id] = record }
            for user in [0, 1, 2, 3] {
                let viewer = try await viewer(fixture, user: user)
                let expected = images.values.filter { $0.kind == .put && viewer.sees($0) }
                let (_, rows) = try await rows(fixture, user: user, limit: 50)
                let ids = rows.map { $0.kind == .label ? Label.id(forKey: $0.id).text : $0.id }
                #expect(ids.sorted() == expected.map(\.id.text).sorted(), "user \(user + 1)")
            }
            let (_, part) = try await rows(fixture, user: 2, limit: 5, articles: [fixture.articles[0].id, id(99)])
            let viewer = try await viewer(fixture, user: 2)
            let expected = images.values.filter {
                $0.kind == .put && $0.articleID == fixture.articles[0].id && viewer.sees($0)
            }
            #expect(part.map(\.id).sorted() == expected.map(\.id.text).sorted())
        }
    }

    @Test("A snapshot of many articles goes on behind each portion of them", arguments: [13, 1000])
    func manyArticles(limit: Int) async throws {
        try await LogFixture.with(articles: 230) { fixture in
            let annotations = (0..<230).flatMap { article in
                (0..<3).map { fixture.annotation(id(UInt64(1000 * $0 + article)), article: article) }
            }
            #expect(try await fixture.commit(fixture.plan(annotations)) != nil)
            let wanted = fixture.articles.dropFirst(7).map(\.id)
            let (_, rows) = try await rows(fixture, user: 0, limit: limit, articles: wanted)
            #expect(rows.count == 223 * 5)
            #expect(Set(rows.map(\.id)).count == rows.count)
            #expect(Set(rows.filter { $0.kind == .article }.map(\.id)) == Set(wanted.map(\.text)))
        }
    }

    @Test("Texts stand in the article versions' lines, and large ones end a page early")
    func texts() async throws {
        try await LogFixture.with { fixture in
            var admin = AdminPlan(by: fixture.manager)
            var texts: [SHA256Digest: String] = [:]
            for number in UInt64(0)..<5 {
                let text = "\(number)" + String(repeating: "é\u{1}", count: 700_000)
                let sha256 = SHA256.hash(text)
                texts[sha256] = text
                admin.put(
                    .articleVersion(
                        ArticleVersion(
                            id: id(number), articleID: fixture.articles[0].id, sha256: sha256,
                            length: 1_400_001)), isNew: true)
            }
            var plan = admin.plan
            plan.texts = texts
            #expect(try await fixture.commit(plan, user: 0) != nil)
            var pages = 0
            let (_, rows) = try await rows(fixture, user: 0, withTexts: true) { pages += 1 }
            #expect(pages >= 2, "five texts of two megabytes do not go into one page")
            let versions = rows.filter { $0.kind == .articleVersion }
            #expect(versions.count == fixture.articles.count + 5)
            for row in versions {
                let line = try #require(try JSONValue(parsing: row.line, options: .lenient).objectValue)
                let text = try #require(line["text"]?.stringValue)
                #expect(line["sha256"]?.stringValue == SHA256.hash(text).hex)
            }
            #expect(rows.allSatisfy { $0.kind == .articleVersion || $0.text == nil })
        }
    }

    @Test("A snapshot that goes on in another epoch is refused")
    func epochChanged() async throws {
        try await LogFixture.with { fixture in
            await #expect(throws: EpochChanged.self) {
                _ = try await rows(fixture, user: 0, limit: 3) {
                    _ = try await fixture.log.rotateEpoch(project: nil)
                }
            }
        }
    }

    @Test(
        "A resume text that nobody gave is not taken",
        arguments: [
            "", "1", "1.......", "2.0199b5a0-0000-7000-8000-000000000001.5..0.annotation..",
            "1.0199b5a0-0000-7000-8000-000000000001.5..0.annotation..zz",
            "1.0199b5a0-0000-7000-8000-000000000001.5..0.annotation..41",
            "1.0199b5a0-0000-7000-8000-000000000001.-5..0.annotation..",
            "1.0199b5a0-0000-7000-8000-000000000001.5..0.user..",
        ])
    func badResume(text: String) {
        #expect(SnapshotPosition(encoded: text) == nil)
    }

    @Test("A resume text is taken with any label key")
    func goodResume() {
        let text = "1.0199b5a0-0000-7000-8000-000000000001.5.00000000000000ff.3.label..c3a92e"
        #expect(SnapshotPosition(encoded: text)?.encoded == text)
    }
}
