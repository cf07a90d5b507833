/// Why an operation was not simply applied: a closed, documented list.
package enum OperationCode: String, Sendable, Hashable, CaseIterable {
    case offsetOutOfRange = "offset_out_of_range"
    case offsetSplitsScalar = "offset_splits_scalar"
    case quoteMissing = "quote_missing"
    case quoteMismatch = "quote_mismatch"
    case unknownArticleVersion = "unknown_article_version"
    case unknownLabel = "unknown_label"
    case labelKind = "label_kind"
    case labelRetired = "label_retired"
    case unknownAttribute = "unknown_attribute"
    case attributeInvalid = "attribute_invalid"
    case spanInvalid = "span_invalid"
    case relationInvalid = "relation_invalid"
    case atomicAborted = "atomic_aborted"
    case articleGone = "article_gone"
    case idTaken = "id_taken"
    case idDeleted = "id_deleted"
    case editedSince = "edited_since"
    case deletedSince = "deleted_since"
    case notAllowed = "not_allowed"
    case unknownEntity = "unknown_entity"
    case malformed
    case tooLarge = "too_large"
    case resultExpired = "result_expired"
    case void
}

/// What became of one operation.
package enum OperationStatus: String, Sendable, Hashable, CaseIterable {
    case applied, merged, duplicate, conflict, rejected
}

/// What became of one mutation.
package enum MutationStatus: String, Sendable, Hashable, CaseIterable {
    case applied, partial, rejected, duplicate
}
