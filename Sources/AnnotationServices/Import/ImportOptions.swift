package import AnnotationModel

/// What an import may do beyond adding articles.
package struct ImportOptions: Sendable {
    /// The author of annotations whose file names none.
    package var asUser: String?
    /// Names in the file, and the users they stand for here.
    package var authorMap: [String: String]
    /// Authors who are no members become annotators; who has no account gets one without a password.
    package var addsMembers: Bool
    /// Labels that the project lacks are made from how the file uses them.
    package var createsLabels: Bool
    /// Everything but the writing.
    package var isDryRun: Bool
    /// The unit of offsets in formats that declare none.
    package var unit: OffsetUnit

    package init(
        asUser: String? = nil, authorMap: [String: String] = [:], addsMembers: Bool = false,
        createsLabels: Bool = false, isDryRun: Bool = false, unit: OffsetUnit = .codepoint
    ) {
        self.asUser = asUser
        self.authorMap = authorMap
        self.addsMembers = addsMembers
        self.createsLabels = createsLabels
        self.isDryRun = isDryRun
        self.unit = unit
    }
}
