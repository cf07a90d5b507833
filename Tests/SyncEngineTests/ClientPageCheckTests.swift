import AnnotationModel
import SyncEngine
import SyncProtocol
import Testing

/// A page is applied only when it proves that it continues the cursor and that nothing is missing in it.
struct ClientPageCheckTests {
    private static func entry(_ seq: Int64, n: Int = 1) -> ChangeEntry {
        ChangeEntry(
            seq: seq, n: n, tag: Tag(bits: 1), kind: .del, entity: .annotation, id: EntityID(high: 1, low: 2).text,
            row: nil, by: nil, origin: nil)
    }

    /// From 10 to 16: seq 11 (two of one entity), 14, and three hidden.
    private static var page: ChangePage {
        ChangePage(
            from: 10, to: 16, at: Tag(bits: 7), head: 16, complete: true, count: 3, hidden: 3,
            entries: [entry(12, n: 2), entry(14)])
    }

    @Test("a page that covers its distance is taken")
    func whole() throws { try Self.page.checkContiguity(after: 10) }

    @Test("an empty page at the head is taken")
    func empty() throws {
        let page = ChangePage(
            from: 16, to: 16, at: Tag(bits: 7), head: 16, complete: true, count: 0, hidden: 0, entries: [])
        try page.checkContiguity(after: 16)
    }

    private static let damages: [(String, @Sendable (inout ChangePage) -> Void)] = [
        ("begins elsewhere", { $0.from = 9 }),
        ("ends before it begins", { $0.to = 9 }),
        ("ends beyond the head", { $0.head = 15 }),
        ("lost an entry", { $0.entries.removeLast() }),
        ("folded two changes and told one", { $0.entries[0].n = 1 }),
        ("forgot what is hidden", { $0.hidden = 0 }),
        (
            "tells more than it covers",
            {
                $0.count = 4; $0.entries[0].n = 3
            }
        ),
        (
            "hides a negative number",
            {
                $0.count = 7; $0.hidden = -1; $0.entries[0].n = 6
            }
        ),
        ("is out of order", { $0.entries.reverse() }),
        ("has an entry twice", { $0.entries[1] = $0.entries[0] }),
        ("has an entry before it begins", { $0.entries[0].seq = 10 }),
        ("has an entry beyond its end", { $0.entries[1].seq = 17 }),
        ("has an entry that stands for nothing", { $0.entries[0].n = 0 }),
        ("carries a put without a row", { $0.entries[1].kind = .put }),
        ("has no tag at its end", { $0.at = nil }),
    ]

    @Test("a page that does not add up is refused", arguments: damages)
    func broken(_ name: String, _ damage: @Sendable (inout ChangePage) -> Void) {
        var page = Self.page
        damage(&page)
        #expect(throws: PageFault.self, "\(name)") { try page.checkContiguity(after: 10) }
    }

    @Test("a page without progress that is not the last one is refused: asking again would never end")
    func noProgress() {
        let page = ChangePage(
            from: 10, to: 10, at: Tag(bits: 7), head: 16, complete: false, count: 0, hidden: 0, entries: [])
        #expect(throws: PageFault.self) { try page.checkContiguity(after: 10) }
    }
}
