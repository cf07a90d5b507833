package import AnnotationModel

/// What a file says about the project its articles come from.
package struct HeaderRecord: Sendable, Hashable {
    package var settings: ProjectSettings
    package var labels: [Label]
    /// The names of all people the file speaks of, sorted by their bytes when written.
    package var users: [String]

    package init(settings: ProjectSettings = ProjectSettings(), labels: [Label] = [], users: [String] = []) {
        self.settings = settings
        self.labels = labels
        self.users = users
    }
}

/// A project's settings without its identity; nil is what the file does not say.
package struct ProjectSettings: Sendable, Hashable {
    package var title: String?
    package var language: String?
    package var layers: LayerMode?
    package var visibility: Visibility?
    package var access: Access?

    package init(
        title: String? = nil, language: String? = nil, layers: LayerMode? = nil, visibility: Visibility? = nil,
        access: Access? = nil
    ) {
        self.title = title
        self.language = language
        self.layers = layers
        self.visibility = visibility
        self.access = access
    }

    package init(_ project: Project) {
        self.init(
            title: project.title, language: project.language, layers: project.layers, visibility: project.visibility,
            access: project.access)
    }
}
