import AnnotationModel
import AnnotationStore
import FailPoints
import Interchange
import Postgres
import SyncEngine
import SyncProtocol

/// One import under way: what has been read and not written yet, and what it has found out about the project.
struct ImportSession {
    let service: ImportService
    let run: ImportService.Run
    let project: EntityID
    var summary = ImportSummary()
    /// Bytes read so far.
    var bytes: Int64 = 0

    private let journal: ImportJournal
    private let journalID: EntityID?
    private var batch = ImportBatch()
    /// The batch that is being written while the next one is read.
    private var inFlight: Task<ImportOutcome, any Error>?
    private var people: ImportPeople
    private var labels: [String: Label]
    /// Labels that a dry run would have made.
    private var imaginedLabels: [String: Label] = [:]
    private var isEmptyProject: Bool
    /// What a dry run would have stored, by external id.
    private var imaginedArticles: [ExactString: ImaginedArticle] = [:]

    static func begin(_ service: ImportService, _ run: ImportService.Run, project: EntityID) async throws -> Self {
        let opened = try await service.database.client.withTransaction(.readOnly) { transaction in
            try await service.log.open(transaction, project: project, user: run.by, client: nil)
        }
        let journal = ImportJournal(service.database)
        let members = try await MemberStore(service.database).list(project: project)
        let hasArticles = try await journal.hasArticles(project: project)
        let id = run.options.isDryRun ? nil : try await journal.begin(project: project, actor: run.actor)
        return ImportSession(
            service: service, run: run, project: project, journal: journal, journalID: id,
            people: ImportPeople(members: members, options: run.options), labels: opened.labels,
            isEmptyProject: opened.labels.isEmpty && !hasArticles)
    }

    private init(
        service: ImportService, run: ImportService.Run, project: EntityID, journal: ImportJournal,
        journalID: EntityID?, people: ImportPeople, labels: [String: Label], isEmptyProject: Bool
    ) {
        self.service = service
        self.run = run
        self.project = project
        self.journal = journal
        self.journalID = journalID
        self.people = people
        self.labels = labels
        self.isEmptyProject = isEmptyProject
    }

    // MARK: Taking items

    mutating func take(_ item: ImportItem) async throws {
        switch item {
        case .header(let header, _): try await adopt(header)
        case .article(let article): try await take(article)
        case .refused(let diagnostic): try await refuse(diagnostic)
        case .notice(let diagnostic): try await run.report(diagnostic)
        }
    }

    mutating func refuse(_ diagnostic: Diagnostic) async throws {
        summary.failed += 1
        try await run.report(diagnostic)
    }

    private mutating func take(_ article: ImportedArticle) async throws {
        if run.options.addsMembers { try await addMembers(people.missing(in: article.record)) }
        if run.options.createsLabels { try await createLabels(for: article.record) }
        isEmptyProject = false
        if batch.isFull(for: article) { try await send() }
        batch.append(article)
    }

    /// Hands the batch to a writer, once the one before it is done.
    private mutating func send() async throws {
        try await settle()
        guard !batch.isEmpty else { return }
        let writer = ImportWriter(
            service: service, run: run, project: project, people: people, imaginedLabels: imaginedLabels)
        let full = batch
        batch = ImportBatch()
        if run.options.isDryRun {
            try await settle(try await writer.rehearse(full, with: &imaginedArticles))
        } else {
            inFlight = Task { try await writer.write(full) }
        }
    }

    /// Waits for the batch under way.
    private mutating func settle() async throws {
        guard let task = inFlight else { return }
        inFlight = nil
        let outcome = try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
        try await settle(outcome)
        try FailPoints.hit(.importAfterBatch)
    }

    private mutating func settle(_ outcome: ImportOutcome) async throws {
        summary += outcome.summary
        for fault in outcome.faults { try await run.report(fault) }
        run.progress(summary.articlesRead, bytes)
    }

    /// Writes what is left.
    mutating func flush() async throws {
        try await send()
        try await settle()
    }

    func finish() async throws {
        guard let journalID else { return }
        try await journal.finish(journalID, project: project, summary: summary.json)
    }

    // MARK: What a file brings along

    /// A project without articles and labels takes labels and settings from the file.
    private mutating func adopt(_ header: HeaderRecord) async throws {
        guard isEmptyProject else { return }
        isEmptyProject = false
        if run.options.isDryRun {
            for label in header.labels { imaginedLabels[label.key] = label }
            return
        }
        let now = service.database.now()
        _ = try await service.log.write(project: project, raisesGuard: true, by: run.by) { [run] _, opened in
            var settings = opened.project
            settings.title = header.settings.title ?? settings.title
            settings.language = header.settings.language ?? settings.language
            settings.layers = header.settings.layers ?? settings.layers
            settings.visibility = header.settings.visibility ?? settings.visibility
            settings.access = header.settings.access ?? settings.access
            var plan = AdminPlan(by: run.by, at: now)
            if settings != opened.project { plan.put(.project(settings), isNew: false) }
            for label in header.labels where opened.labels[label.key] == nil { plan.put(.label(label), isNew: true) }
            return plan.plan
        }
        for label in header.labels { labels[label.key] = label }
    }

    private mutating func createLabels(for record: ArticleRecord) async throws {
        let known = labels.merging(imaginedLabels) { $1 }
        let wanted = ImportLabels.wanted(by: record, known: known)
        guard !wanted.isEmpty else { return }
        if run.options.isDryRun {
            for label in wanted { imaginedLabels[label.key] = label }
            return
        }
        try await settle()
        let now = service.database.now()
        _ = try await service.log.write(project: project, raisesGuard: true, by: run.by) { [run] _, opened in
            var plan = AdminPlan(by: run.by, at: now)
            for label in ImportLabels.wanted(by: record, known: opened.labels) {
                plan.put(.label(label), isNew: opened.labels[label.key] == nil)
            }
            return plan.plan
        }
        for label in wanted { labels[label.key] = label }
    }

    private mutating func addMembers(_ names: [String]) async throws {
        guard !names.isEmpty else { return }
        let users = UserStore(service.database)
        for name in names {
            guard !run.options.isDryRun else {
                people.add(name, service.database.ids.id())
                continue
            }
            try await settle()
            let user: User
            if let found = try await users.find(name: name) {
                user = found
            } else {
                user = try await users.add(
                    name: name, passwordHash: nil, isAdmin: false,
                    audit: AuditLog.Entry(actor: run.actor, action: "user.add", subject: name))
            }
            let member = Member(id: user.id, name: user.name, role: .annotator)
            let now = service.database.now()
            _ = try await service.log.write(project: project, raisesGuard: true, by: run.by) {
                [run, project, service] transaction, _ in
                let known = try await MemberStore(service.database).find(transaction, project: project, user: user.id)
                if let known, !known.isRemoved { return nil }
                var plan = AdminPlan(by: run.by, at: now)
                plan.put(.member(member), isNew: known == nil)
                return plan.plan
            }
            people.add(name, user.id)
        }
    }
}
