import AnnotationStore

/// All items of a list that comes in pages.
func allPages<Item>(_ page: (_ after: String?) async throws -> Page<Item>) async throws -> [Item] {
    var items: [Item] = []
    var after: String?
    repeat {
        let next = try await page(after)
        items += next.items
        after = next.next
    } while after != nil
    return items
}
