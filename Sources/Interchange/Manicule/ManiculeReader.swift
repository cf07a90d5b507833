import AnnotationModel
import JSONText

/// Reads JSON lines: canonical rows with their header, and rows of plain corpora, told apart row by row.
///
/// A row with `manicule` is a header, one with `versions` an article in canonical form, one with `text` a corpus row.
package struct ManiculeReader: ArticleReader {
    private let file: String
    private let options: ReadingOptions
    private var lines: LineCutter
    private var records = 0
    private var pending: ImportItem?
    /// What the last header said, when it named a version that cannot be read: no row below it can be trusted.
    private var unknownVersion: RecordFault?

    package init(file: String, options: ReadingOptions) {
        self.file = file
        self.options = options
        lines = LineCutter(limit: options.maximumRecordBytes)
    }

    package mutating func feed(_ chunk: ArraySlice<UInt8>) { lines.feed(chunk) }

    package mutating func finish() { lines.finish() }

    package mutating func next() -> ImportItem? {
        if let item = pending {
            pending = nil
            return item
        }
        while var line = lines.next() {
            let hasMark = line.number == 1 && line.bytes.starts(with: ByteOrderMark.utf8)
            if hasMark { line.bytes = line.bytes.dropFirst(ByteOrderMark.utf8.count) }
            let item = line.isBlank ? nil : read(line)
            guard hasMark else {
                if let item { return item }
                continue
            }
            pending = item
            return .notice(ByteOrderMark.notice(in: file))
        }
        return nil
    }

    private mutating func read(_ line: LineCutter.Line) -> ImportItem {
        var place = SourcePlace(file: file, line: line.number)
        if let size = line.oversize {
            records += 1
            place.record = records
            let message = "the line has \(size) bytes; \(options.maximumRecordBytes) are allowed"
            return .refused(Diagnostic(place, code: .lineTooLong, message: message))
        }
        var name: String?
        do throws(RecordFault) {
            let object: JSONObject
            do throws(RecordFault) {
                object = try Self.object(in: line)
            } catch {
                records += 1
                place.record = records
                throw error
            }
            if object.contains("manicule") { return .header(try header(object), place) }
            records += 1
            place.record = records
            name = (object["external_id"] ?? object["id"])?.stringValue
            if let unknownVersion { throw unknownVersion }
            if object.contains("text"), !object.contains("versions") {
                let (record, unverified) = try CorpusRow.read(object, options: options)
                return .article(ImportedArticle(record: record, source: place, unverifiedQuotes: unverified))
            }
            let record = try CanonicalRow.read(object, options: options)
            return .article(ImportedArticle(record: record, source: place))
        } catch {
            let snippet = error.snippet ?? Snippet.around(0, in: line.bytes)
            return .refused(
                Diagnostic(place, id: name, code: error.code, message: error.message, snippet: snippet))
        }
    }

    private mutating func header(_ object: JSONObject) throws(RecordFault) -> HeaderRecord {
        do {
            let header = try HeaderRow.read(object)
            unknownVersion = nil
            return header
        } catch {
            unknownVersion = error.code == .unknownVersion ? error : nil
            throw error
        }
    }

    private static func object(in line: LineCutter.Line) throws(RecordFault) -> JSONObject {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: line.bytes)
        } catch {
            throw RecordFault(error, in: line.bytes)
        }
        guard let object = value.objectValue else {
            throw RecordFault(.malformed, "an object is expected on each line")
        }
        return object
    }
}

extension LineCutter.Line {
    /// A line of white space is no record.
    fileprivate var isBlank: Bool {
        oversize == nil
            && bytes.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
    }
}
