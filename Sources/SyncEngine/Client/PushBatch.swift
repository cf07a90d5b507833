import SyncProtocol

/// How much of a queue of mutations goes into one push.
package enum PushBatch {
    /// How many of `sizes`, in order, fit the limits; at least one where there is any.
    ///
    /// - Parameters:
    ///   - sizes: bytes of each mutation.
    ///   - limit: mutations at most; smaller than the protocol's after a push was too large.
    package static func count(of sizes: [Int], limit: Int = Limits.mutationsPerPush) -> Int {
        // The envelope around them, and a comma for each.
        var bytes = 1024
        var count = 0
        for size in sizes.prefix(min(limit, Limits.mutationsPerPush)) {
            bytes += size + 1
            guard count == 0 || bytes <= Limits.pushBytes else { break }
            count += 1
        }
        return count
    }
}
