package import AnnotationModel

/// Something stored that cannot be as it is.
package struct Finding: Sendable, Hashable {
    /// What was checked: a stable name, such as `quote` or `log-gap`.
    package var check: String
    package var project: EntityID
    /// The row, the client or the seq concerned.
    package var id: String
    /// One line: what is wrong.
    package var message: String

    package init(check: String, project: EntityID, id: String, message: String) {
        self.check = check
        self.project = project
        self.id = id
        self.message = message
    }
}

/// How far a check has come.
package struct CheckProgress: Sendable, Hashable {
    package var project: EntityID
    /// The table that is being gone through.
    package var table: String
    /// Rows, or seqs, looked at.
    package var done: Int64
}

/// What whoever runs a check is told, as it goes.
package struct CheckObserver {
    package var progress: (CheckProgress) async throws -> Void
    package var found: (Finding) async throws -> Void

    package init(
        progress: @escaping (CheckProgress) async throws -> Void = { _ in },
        found: @escaping (Finding) async throws -> Void
    ) {
        self.progress = progress
        self.found = found
    }
}
