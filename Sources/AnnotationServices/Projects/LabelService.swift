package import AnnotationModel
import AnnotationStore
import JSONText
import Postgres
import SyncProtocol

/// Changes of a label; nil leaves a member as it is. Key and kind are for ever.
package struct LabelPatch: Sendable, Hashable {
    package var name: String?
    /// `.some(nil)` takes it away.
    package var color: String??
    package var shortcut: String??
    package var attributes: [LabelAttribute]?
    package var from: [String]?
    package var to: [String]?
    package var zeroWidth: Bool?
    package var retired: Bool?

    package init() {}

    package init(_ reader: RowReader) throws(RowError) {
        for fixed in ["key", "kind"] where reader.object.contains(fixed) {
            throw reader.fail(fixed, "cannot be changed; declare another label")
        }
        name = try reader.optionalString("name")
        if reader.object.contains("color") { color = .some(try reader.optionalString("color")) }
        if reader.object.contains("shortcut") { shortcut = .some(try reader.optionalString("shortcut")) }
        if let list = reader.value("attributes") {
            let label: JSONObject = ["key": "x", "kind": "span", "attributes": list]
            attributes = try Label(RowReader(object: label, path: reader.path)).attributes
        }
        if reader.value("from") != nil { from = try reader.strings("from") }
        if reader.value("to") != nil { to = try reader.strings("to") }
        if reader.value("zero_width") != nil { zeroWidth = try reader.bool("zero_width", default: false) }
        if reader.value("retired") != nil { retired = try reader.bool("retired", default: false) }
    }

    func applied(to label: Label) -> Label {
        var label = label
        if let name { label.name = name }
        if let color { label.color = color }
        if let shortcut { label.shortcut = shortcut }
        if let attributes { label.attributes = attributes }
        if let from { label.from = from }
        if let to { label.to = to }
        if let zeroWidth { label.zeroWidth = zeroWidth }
        if let retired { label.retired = retired }
        return label
    }
}

/// What may be said in a project. Reading for all members, changing for managers.
package struct LabelService: Sendable {
    private let database: Database
    private let log: ChangeLog
    private let projects: ProjectService

    init(database: Database, log: ChangeLog, projects: ProjectService) {
        self.database = database
        self.log = log
        self.projects = projects
    }

    /// All labels, retired ones too, in the order in which they were declared.
    package func list(project: String, by principal: Principal) async throws -> [Label] {
        try await list(try await projects.rights(project, principal, .read))
    }

    package func list(_ access: ProjectAccess) async throws -> [Label] {
        try access.require(.read)
        return try await LabelStore(database).list(project: access.project.id)
    }

    package func find(_ key: String, _ access: ProjectAccess) async throws -> Label {
        let found = try await list(access).first { ExactString.equal($0.key, key) }
        guard let found else { throw Problem.notFound("there is no label “\(key)” in \(access.project.name)") }
        return found
    }

    /// Declares labels, all of them or none.
    package func add(_ labels: [Label], project: String, by principal: Principal) async throws -> [Label] {
        let access = try await projects.rights(project, principal, .manage)
        let committed = try await log.write(
            project: access.project.id, raisesGuard: true, by: principal.user.id
        ) { transaction, opened in
            try access.confirm(opened, .manage)
            var keys = Set(opened.labels.values.map { ExactString($0.key) })
            for label in labels where !keys.insert(ExactString(label.key)).inserted {
                throw Problem.conflict(
                    "the label “\(label.key)” is there already; change it, or choose another key",
                    details: ["key": .string(label.key)])
            }
            try LabelRules.check(labels, besides: opened.labels)
            var plan = AdminPlan(by: principal.user.id, at: database.now())
            for label in labels { plan.put(.label(label), isNew: true) }
            let entry = principal.audit(
                "label.add", project: access.project.id, subject: access.project.name,
                details: ["keys": .array(labels.map { .string($0.key) })])
            guard !labels.isEmpty else { return nil }
            try await transaction.query(entry.query(database))
            return plan.plan
        }
        var added = labels
        if let committed {
            for index in added.indices { added[index].version = committed.base + Int64(index) + 1 }
        }
        return added
    }

    /// Changes a label; with `expecting`, only while it has that version.
    package func patch(
        _ key: String, _ patch: LabelPatch, project: String, expecting: Int64? = nil, by principal: Principal
    ) async throws -> Label {
        let access = try await projects.rights(project, principal, .manage)
        var result: Label?
        let committed = try await log.write(
            project: access.project.id, raisesGuard: true, by: principal.user.id
        ) { transaction, opened in
            try access.confirm(opened, .manage)
            guard let label = opened.labels.values.first(where: { ExactString.equal($0.key, key) }) else {
                throw Problem.notFound("there is no label “\(key)” in \(access.project.name)")
            }
            try Expectation.check(expecting, .label(label))
            let changed = patch.applied(to: label)
            result = changed
            guard Row.label(changed) != .label(label) else { return nil }
            try LabelRules.check([changed], besides: opened.labels)
            var plan = AdminPlan(by: principal.user.id, at: database.now())
            plan.put(.label(changed), isNew: false)
            let entry = principal.audit(
                "label.set", project: access.project.id, subject: key, details: Row.label(changed).jsonWithoutVersion)
            try await transaction.query(entry.query(database))
            return plan.plan
        }
        guard var result else { throw Problem.notFound("there is no label “\(key)” in \(access.project.name)") }
        if let committed { result.version = committed.base + 1 }
        return result
    }
}
