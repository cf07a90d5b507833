extension Diagnostic.Code {
    // The bytes.
    package static let invalidUTF8: Self = "invalid_utf8"
    package static let nulCharacter: Self = "nul_character"
    package static let emptyText: Self = "empty_text"
    package static let lineTooLong: Self = "line_too_long"
    package static let tooLarge: Self = "too_large"
    /// A leading byte order mark was removed: a notice.
    package static let byteOrderMark: Self = "byte_order_mark"
    package static let unknownFormat: Self = "unknown_format"

    // The JSON.
    package static let malformed: Self = "malformed"
    package static let truncated: Self = "truncated"
    package static let tooDeep: Self = "too_deep"
    package static let duplicateKey: Self = "duplicate_key"
    package static let numberOutOfRange: Self = "number_out_of_range"

    // The record.
    package static let unknownVersion: Self = "unknown_version"
    package static let unknownMember: Self = "unknown_member"
    package static let textHashMismatch: Self = "text_hash_mismatch"
    package static let duplicateID: Self = "duplicate_id"
    package static let unknownArticleVersion: Self = "unknown_article_version"
    package static let offsetOutOfRange: Self = "offset_out_of_range"
    package static let offsetSplitsScalar: Self = "offset_splits_scalar"
    package static let quoteMissing: Self = "quote_missing"
    package static let quoteMismatch: Self = "quote_mismatch"
    package static let spanInvalid: Self = "span_invalid"
    package static let attributeInvalid: Self = "attribute_invalid"
    package static let relationInvalid: Self = "relation_invalid"
    package static let reviewInvalid: Self = "review_invalid"
}
