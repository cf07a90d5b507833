package import AnnotationModel

/// How far a project is, as one viewer sees it: live rows only.
package struct Statistics: Sendable, Hashable {
    package struct Articles: Sendable, Hashable {
        package var total = 0
        /// Nil where that is nobody's business.
        package var deleted: Int?
        /// With an annotation.
        package var annotated = 0
        /// Code points of the current texts.
        package var characters = 0
    }

    package struct Annotations: Sendable, Hashable {
        package var total = 0
        package var draft = 0
        package var final = 0
    }

    package struct OfLabel: Sendable, Hashable {
        package var key: String
        package var annotations = 0
        package var articles = 0
        package var relations = 0
    }

    package struct OfAuthor: Sendable, Hashable {
        package var user: EntityID
        package var name: String
        package var annotations = 0
        package var final = 0
        package var articles = 0
        package var relations = 0
        package var comments = 0
        package var reviews = 0
    }

    package struct Day: Sendable, Hashable {
        /// `2026-11-25`, in UTC.
        package var date: String
        /// Made on that day.
        package var annotations = 0
    }

    package var articles = Articles()
    package var annotations = Annotations()
    /// All labels, in the order in which they were declared.
    package var labels: [OfLabel] = []
    /// Who wrote anything, by name.
    package var authors: [OfAuthor] = []
    package var relations = 0
    package var comments = 0
    package var reviews: [ReviewDecision: Int] = [:]
    package var conflicts: [Conflict.State: Int] = [:]
    package var assignments: [AssignmentState: Int] = [:]
    /// The last thirty days, oldest first.
    package var progress: [Day] = []

    package init() {}
}
