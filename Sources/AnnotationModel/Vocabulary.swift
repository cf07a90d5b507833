/// What the project log speaks of.
package enum EntityKind: String, Sendable, Hashable, CaseIterable {
    case project, member, label, article
    case articleVersion = "article_version"
    case annotation, relation, review, comment, assignment, conflict

    /// What clients may push; all else is `not_allowed`.
    package var isPushable: Bool {
        switch self {
        case .annotation, .relation, .review, .comment, .assignment, .conflict: true
        case .project, .member, .label, .article, .articleVersion: false
        }
    }
}

/// The role of a member in one project.
package enum Role: String, Sendable, Hashable, CaseIterable {
    case manager, reviewer, annotator, viewer
}

/// Who writes where: each author a layer of their own, or all of them one shared layer.
package enum LayerMode: String, Sendable, Hashable, CaseIterable {
    case own, shared
}

/// Which layers of others an annotator sees.
package enum Visibility: String, Sendable, Hashable, CaseIterable {
    case own
    case afterDone = "after_done"
    case all
}

/// Which articles an annotator sees.
package enum Access: String, Sendable, Hashable, CaseIterable {
    case all, assigned
}

/// The layer of an annotation or relation. In shared projects everybody writes `shared`.
package enum Layer: String, Sendable, Hashable, CaseIterable {
    case own, shared, gold
}

/// Whether its author holds an annotation for finished.
package enum AnnotationState: String, Sendable, Hashable, CaseIterable {
    case draft, final
}

/// A reviewer's verdict.
package enum ReviewDecision: String, Sendable, Hashable, CaseIterable {
    case accept, reject, unsure
}

/// How far one annotator's job on one article is.
package enum AssignmentState: String, Sendable, Hashable, CaseIterable {
    case open
    case inProgress = "in_progress"
    case done
}

/// What a user sees of an article.
package enum ArticleView: String, Sendable, Hashable, CaseIterable {
    case none, own, all
}
