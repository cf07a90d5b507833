import AnnotationStore

// The use cases that stand beside accounts, projects and articles.
extension Services {
    package var sync: SyncService {
        SyncService(
            database: database, log: log, clients: ClientStore(database), projects: projects, logins: logins)
    }

    package var imports: ImportService { ImportService(database: database, log: log) }

    package var exports: ExportService { ExportService(database: database) }

    package var edits: EditService { EditService(database: database, log: log) }

    package var texts: TextService { TextService(database: database) }
}
