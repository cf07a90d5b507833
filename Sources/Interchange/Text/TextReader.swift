import AnnotationModel
import Digest
import JSONText

/// Reads a file that is one article: its bytes are the text.
///
/// The text is kept as it is: strict UTF-8, nothing trimmed, nothing normalised. A leading byte order mark is removed
/// and told, U+0000 and an empty text are refused. `date YYYY-MM[-DD] ` at the start stays in the text and goes
/// into the metadata too. The external id is the file's name without its suffix.
package struct TextReader: ArticleReader {
    private let file: String
    private let options: ReadingOptions
    private var bytes: [UInt8] = []
    private var size = 0
    private var items: [ImportItem] = []

    /// `file` is what diagnostics call it; the external id is made from its last component.
    package init(file: String, options: ReadingOptions) {
        self.file = file
        self.options = options
    }

    package mutating func feed(_ chunk: ArraySlice<UInt8>) {
        size += chunk.count
        if size <= options.maximumRecordBytes {
            bytes.append(contentsOf: chunk)
        } else {
            bytes = []
        }
    }

    package mutating func finish() {
        let place = SourcePlace(file: file, record: 1)
        let name = Self.nameWithoutSuffix(file)
        guard size <= options.maximumRecordBytes else {
            let message = "the file has \(size) bytes; \(options.maximumRecordBytes) are allowed"
            items.append(.refused(Diagnostic(place, id: name, code: .tooLarge, message: message)))
            return
        }
        var content = bytes[...]
        if content.starts(with: ByteOrderMark.utf8) {
            content = content.dropFirst(ByteOrderMark.utf8.count)
            items.append(.notice(ByteOrderMark.notice(in: file)))
        }
        bytes = []
        guard !content.isEmpty else {
            items.append(.refused(Diagnostic(place, id: name, code: .emptyText, message: "the file has no text")))
            return
        }
        do {
            let text = ArticleText(try StrictUTF8.text(of: content, base: content.startIndex))
            let version = VersionRecord(text)
            var metadata = JSONObject()
            if let date = LeadingDate.find(in: text.text) { metadata["date"] = .string(date) }
            let record = ArticleRecord(
                externalID: name ?? "sha256:" + version.sha256.hex, metadata: metadata, versions: [version])
            items.append(.article(ImportedArticle(record: record, source: place)))
        } catch {
            var place = place
            place.line = error.line
            items.append(
                .refused(
                    Diagnostic(place, id: name, code: error.code, message: error.message, snippet: error.snippet)))
        }
    }

    package mutating func next() -> ImportItem? { items.isEmpty ? nil : items.removeFirst() }

    /// The last component of a path without its suffix; nil when nothing is left.
    static func nameWithoutSuffix(_ path: String) -> String? {
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
        let stem = name.lastIndex(of: UInt8(ascii: ".")).map { name[..<$0] } ?? name[...]
        return stem.isEmpty ? nil : String(decoding: stem, as: UTF8.self)
    }
}

/// The mark that some programs put before the text.
enum ByteOrderMark {
    static let utf8: [UInt8] = [0xef, 0xbb, 0xbf]

    static func notice(in file: String) -> Diagnostic {
        Diagnostic(
            SourcePlace(file: file, line: 1), code: .byteOrderMark,
            message: "the byte order mark at the start was left out; offsets count from behind it")
    }
}
