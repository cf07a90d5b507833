import AnnotationStore

// The use cases that only read.
extension Services {
    package var statistics: StatisticsService { StatisticsService(database: database) }

    package var audit: AuditService { AuditService(database: database) }
}
