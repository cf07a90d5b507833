package import AnnotationModel
package import Digest
package import SyncEngine
package import SyncProtocol

/// Where a project's log stands.
package struct LogHead: Sendable, Hashable {
    package var project: EntityID
    package var epoch: EntityID
    package var head: Int64
    /// The tag at `head`; nil while the log is empty.
    package var headTag: Tag?
    /// The last change of members, labels, settings or an article's liveness.
    package var guardSeq: Int64
    /// What is at or below it has been deleted from the log.
    package var horizon: Int64
    package var horizonTag: Tag?

    package init(
        project: EntityID, epoch: EntityID, head: Int64, headTag: Tag?, guardSeq: Int64, horizon: Int64,
        horizonTag: Tag?
    ) {
        self.project = project
        self.epoch = epoch
        self.head = head
        self.headTag = headTag
        self.guardSeq = guardSeq
        self.horizon = horizon
        self.horizonTag = horizonTag
    }
}

/// Who pushes in a transaction; a group commit has several.
package struct Pusher: Sendable, Hashable {
    package var user: EntityID
    /// Nil for plain HTTP writes, the command line and imports.
    package var client: EntityID?

    package init(user: EntityID, client: EntityID?) {
        self.user = user
        self.client = client
    }
}

/// A project as it stands at the start of a transaction that writes, and what each pusher may do there.
package struct OpenedLog: Sendable {
    package var head: LogHead
    package var project: Project
    /// Labels by key, retired ones too.
    package var labels: [String: Label]
    /// As asked for, in that order.
    package var pushers: [OpenedPusher]

    /// The first pusher's: nil for no member.
    package var role: Role? { pushers.first?.rights.role }
    package var isAdmin: Bool { pushers.first?.rights.isAdmin ?? false }
    /// The last mutation of the first pusher's client; nil without a client, and where the client is unknown or
    /// another user's.
    package var lastMutation: Int64? { pushers.first?.lastMutation }
}

/// One pusher's rights and place.
package struct OpenedPusher: Sendable {
    package var pusher: Pusher
    package var rights: ProjectRights
    /// Nil without a client, and where the client is unknown or another user's. Its row is locked.
    package var lastMutation: Int64?
}

/// What a user is to a project, as it stands now.
package struct ProjectRights: Sendable, Hashable {
    /// Nil for everyone but members.
    package var role: Role?
    /// Was a member once.
    package var isRemoved: Bool
    /// Of the instance, and not disabled.
    package var isAdmin: Bool
    /// Articles assigned to the user, and those the user has finished; read only for an annotator in a project whose
    /// access or visibility depends on assignments. An expired lease counts until it is taken away: what one sees
    /// changes by entries of the log, never by a clock.
    package var assigned: Set<EntityID>
    package var done: Set<EntityID>

    /// An admin who is no member acts as a manager; nil: the project is not there for this user.
    package var effectiveRole: Role? { role ?? (isAdmin ? .manager : nil) }

    package func viewer(_ user: EntityID, of project: Project) -> Viewer? {
        effectiveRole.map { Viewer(user: user, role: $0, project: project, assigned: assigned, done: done) }
    }
}

/// What a commit has added to the log.
package struct CommittedLog: Sendable, Hashable {
    /// The head before: offsets of the plan are counted from here.
    package var base: Int64
    package var head: Int64
    /// The tag at `head`.
    package var tag: Tag?
}

/// The stored result of a mutation.
package struct StoredResult: Sendable, Hashable {
    package var n: Int64
    package var sha256: SHA256Digest
    /// What the versions in `result` are counted from.
    package var base: Int64
    /// `MutationResult.storedBytes`; nil once it has expired.
    package var result: [UInt8]?
    /// The mutation's bytes where anything of it was rejected.
    package var payload: [UInt8]?
    package var createdAt: Timestamp
}
