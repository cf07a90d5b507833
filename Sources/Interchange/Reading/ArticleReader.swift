package import AnnotationModel

/// Reads one file of one format, chunk by chunk, in memory that does not grow with the file.
///
/// ```swift
/// var reader = format.reader(file: name, options: options)
/// while let chunk = try source.read() {
///     reader.feed(chunk)
///     while let item = reader.next() { … }
/// }
/// reader.finish()
/// while let item = reader.next() { … }
/// ```
/// How the file is cut into chunks changes nothing. A bad row is one `.refused` item; the rows after it are read.
package protocol ArticleReader: Sendable {
    /// Takes the next bytes of the file.
    mutating func feed(_ chunk: ArraySlice<UInt8>)
    /// Says that the file ended.
    mutating func finish()
    /// The next item that follows from what was fed; nil when more is needed, and at the end.
    mutating func next() -> ImportItem?
}

extension ArticleReader {
    package mutating func feed(_ chunk: [UInt8]) { feed(chunk[...]) }
}

/// What a reader finds.
package enum ImportItem: Sendable, Hashable {
    case header(HeaderRecord, SourcePlace)
    case article(ImportedArticle)
    /// A record that cannot be imported, whole.
    case refused(Diagnostic)
    /// Something the user should know; nothing was refused.
    case notice(Diagnostic)
}

/// An article that was read and checked, and where it stood.
package struct ImportedArticle: Sendable, Hashable {
    package var record: ArticleRecord
    package var source: SourcePlace
    /// How many spans came without a quote, which was taken from the text.
    package var unverifiedQuotes: Int

    package init(record: ArticleRecord, source: SourcePlace, unverifiedQuotes: Int = 0) {
        self.record = record
        self.source = source
        self.unverifiedQuotes = unverifiedQuotes
    }
}

/// What a reader has to know beyond the file.
package struct ReadingOptions: Sendable {
    /// Ids that a file does not carry are derived from it.
    package var project: EntityID
    /// The unit of offsets in formats that declare none.
    package var unit: OffsetUnit
    /// Longer records are refused, and never held in memory.
    package var maximumRecordBytes: Int

    package init(project: EntityID, unit: OffsetUnit = .codepoint, maximumRecordBytes: Int = 64 << 20) {
        self.project = project
        self.unit = unit
        self.maximumRecordBytes = maximumRecordBytes
    }
}
