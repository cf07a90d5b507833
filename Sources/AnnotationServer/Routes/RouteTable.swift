package import AnnotationServices

/// Everything that is served.
package struct RouteTable: Sendable {
    package let routes: [Route]

    package init(services: Services) {
        routes =
            InstanceController(services: services).routes
            + AccountController(services: services).routes
            + UserController(services: services).routes
            + ProjectController(services: services).routes
            + ArticleController(services: services).routes
            + AnnotationController(services: services).routes
            + RelationController(services: services).routes
            + RemarkController(services: services).routes
            + ConflictController(services: services).routes
            + SyncController(services: services).routes
    }
}
