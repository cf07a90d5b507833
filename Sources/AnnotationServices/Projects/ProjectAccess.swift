package import AnnotationModel
package import AnnotationStore
package import SyncEngine
package import SyncProtocol

/// What somebody wants to do in a project.
package enum ProjectNeed: Sendable, Hashable {
    /// Any member.
    case read
    /// Annotators, reviewers and managers.
    case annotate
    /// Reviewers and managers.
    case review
    /// Managers.
    case manage
}

/// A project that somebody may enter, and what they may do there: the key to everything below it.
package struct ProjectAccess: Sendable {
    package let record: ProjectRecord
    package let principal: Principal
    /// An administrator who is no member acts as a manager.
    package let role: Role
    package let viewer: Viewer

    package var project: Project { record.project }

    /// An administrator manages every project, whatever role they annotate in.
    package var isAdmin: Bool { principal.user.isAdmin }

    var isManager: Bool { role == .manager || isAdmin }

    /// Refuses everybody but managers, for what they read: the token need not allow more.
    func requireManager() throws(Problem) {
        try principal.require(.read)
        guard isManager else {
            throw .notAllowed("only a manager of \(project.name) may see this; ask one")
        }
    }

    /// Refuses what the role or the token does not suffice for.
    package func require(_ need: ProjectNeed) throws(Problem) {
        try principal.require(need == .read ? .read : .write)
        guard Self.suffices(role, for: need) || need == .manage && isAdmin else {
            throw .notAllowed("the role “\(role.rawValue)” in \(project.name) does not allow this; ask a manager")
        }
    }

    /// The same within the transaction that writes: the role may have changed since.
    func confirm(_ opened: OpenedLog, _ need: ProjectNeed) throws(Problem) {
        guard !principal.isCommandLine else { return }
        let role = opened.pushers.first?.rights.effectiveRole
        guard let role else { throw ProjectService.unknown(project.name) }
        guard Self.suffices(role, for: need) || need == .manage && opened.isAdmin else {
            throw .notAllowed("the role “\(role.rawValue)” in \(project.name) does not allow this; ask a manager")
        }
    }

    private static func suffices(_ role: Role, for need: ProjectNeed) -> Bool {
        switch need {
        case .read: true
        case .annotate: role != .viewer
        case .review: role == .reviewer || role == .manager
        case .manage: role == .manager
        }
    }

    var sight: Sight { Sight(viewer) }
}
