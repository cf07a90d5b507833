/// A named place in the code where a test can make the process die or fail.
package struct FailPoint: Sendable, Hashable {
    package let name: String

    private init(_ name: String) { self.name = name }

    package static let pushBeforeFlush = FailPoint("sync.push.before_flush")
    package static let pushAfterCommitBeforeReply = FailPoint("sync.push.after_commit_before_reply")
    package static let importAfterBatch = FailPoint("import.after_batch")
    package static let importBeforeFinish = FailPoint("import.before_finish")
    package static let snapshotAfterPage = FailPoint("snapshot.after_page")
    package static let migrateBetween = FailPoint("migrate.between")
    package static let exportAfterSpool = FailPoint("export.after_spool")
    package static let backupAfterBase = FailPoint("backup.after_base")
    package static let serveAfterStart = FailPoint("serve.after_start")
    package static let clientMutationAfterWrite = FailPoint("client.mutation.after_write")
    package static let clientSyncBeforeSend = FailPoint("client.sync.before_send")
    package static let clientSyncAfterReply = FailPoint("client.sync.after_reply")
    package static let clientSyncMidPage = FailPoint("client.sync.mid_page")
    package static let clientSnapshotAfterPage = FailPoint("client.snapshot.after_page")
    package static let clientSnapshotBeforeSwap = FailPoint("client.snapshot.before_swap")

    /// Every registered point, for sweeps.
    package static let all: [FailPoint] = [
        pushBeforeFlush, pushAfterCommitBeforeReply, importAfterBatch, importBeforeFinish, snapshotAfterPage,
        migrateBetween, exportAfterSpool, backupAfterBase, serveAfterStart, clientMutationAfterWrite,
        clientSyncBeforeSend, clientSyncAfterReply, clientSyncMidPage, clientSnapshotAfterPage,
        clientSnapshotBeforeSwap,
    ]
}

/// What an armed fail point throws when its action is `error`.
package struct FailPointError: Error, Sendable, Hashable {
    package let name: String
}
