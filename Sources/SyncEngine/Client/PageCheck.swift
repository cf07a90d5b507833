package import SyncProtocol

/// What is wrong with a page. The replica stops, applies none of it, and repairs itself by a fresh snapshot.
package struct PageFault: Error, Sendable, Hashable {
    package var message: String

    package init(_ message: String) { self.message = message }
}

extension ChangePage {
    /// Proves that a page continues `since` and that nothing is missing in it.
    ///
    /// It begins at the cursor, its entries ascend within it, and what they stand for and what is hidden add up to the
    /// distance that the page covers.
    package func checkContiguity(after since: Int64) throws(PageFault) {
        guard from == since else { throw PageFault("the page begins at \(from), not at the cursor \(since)") }
        guard to >= from, head >= to else {
            throw PageFault("the page goes from \(from) to \(to) with the head at \(head)")
        }
        guard complete || to > from else { throw PageFault("the page at \(from) is empty, but not the last one") }
        guard to == 0 || at != nil else { throw PageFault("the page ends at \(to) without a tag") }
        var previous = from
        var sum = 0
        for entry in entries {
            guard entry.seq > previous, entry.seq <= to else {
                throw PageFault("the entry \(entry.seq) does not ascend within \(from) to \(to)")
            }
            guard entry.n >= 1 else { throw PageFault("the entry \(entry.seq) stands for \(entry.n) changes") }
            guard (entry.kind == .put) == (entry.row != nil) else {
                throw PageFault("the entry \(entry.seq) is a \(entry.kind.rawValue) with the wrong content")
            }
            previous = entry.seq
            sum += entry.n
        }
        guard sum == count else { throw PageFault("the page tells \(count) changes and carries \(sum)") }
        guard hidden >= 0, Int64(count) + Int64(hidden) == to - from else {
            throw PageFault("\(count) changes and \(hidden) hidden ones do not cover \(from) to \(to)")
        }
    }
}
