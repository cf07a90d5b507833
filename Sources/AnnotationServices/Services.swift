package import AnnotationStore

/// The use cases of an instance. HTTP and the command line are siblings over them: neither can bypass a rule.
package struct Services: Sendable {
    package let database: Database
    package let log: ChangeLog
    package let accounts: AccountService
    package let tokens: TokenService
    package let logins: LoginService
    package let projects: ProjectService
    package let members: MemberService
    package let labels: LabelService
    package let articles: ArticleService
    package let annotations: AnnotationService

    package init(database: Database, limits: LoginLimits = .standard) {
        let log = ChangeLog(database)
        let passwords = PasswordThreads()
        let accounts = AccountService(database: database, passwords: passwords, limits: limits)
        let projects = ProjectService(database: database, log: log)
        self.database = database
        self.log = log
        self.accounts = accounts
        self.projects = projects
        tokens = TokenService(database: database, accounts: accounts, projects: projects)
        logins = LoginService(database: database, passwords: passwords, limits: limits)
        members = MemberService(database: database, log: log, projects: projects)
        labels = LabelService(database: database, log: log, projects: projects)
        let annotations = AnnotationService(database: database)
        self.annotations = annotations
        articles = ArticleService(database: database, log: log, annotations: annotations)
    }
}
