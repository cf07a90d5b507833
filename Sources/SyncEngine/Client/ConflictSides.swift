package import AnnotationModel

extension Conflict {
    /// Which side is mine: the value made on one of these clients, else by this user. Nil where that says neither, or
    /// both.
    package func mine(user: EntityID, clients: Set<EntityID>) -> Choice? {
        let here = [kept, other].map { side in side.by == user && side.client.map { clients.contains($0) } ?? false }
        if here[0] != here[1] { return here[0] ? .kept : .other }
        let own = [kept.by == user, other.by == user]
        return own[0] == own[1] ? nil : own[0] ? .kept : .other
    }
}
