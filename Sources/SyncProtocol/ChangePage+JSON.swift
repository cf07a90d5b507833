import AnnotationModel
package import JSONText

extension Views {
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .changed: writer.string("changed")
        case .articles(let articles):
            writer.beginArray()
            for (article, view) in articles {
                writer.beginObject()
                writer.member("article", article)
                writer.member("view", view.rawValue)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    init(_ reader: inout JSONReader) throws(JSONError) {
        if try reader.peekKind() == .string {
            let place = reader
            guard ExactString.equal(try reader.readString(), "changed") else {
                throw place.invalid("“changed” or an array of views was expected")
            }
            self = .changed
            return
        }
        var articles: [(EntityID, ArticleView)] = []
        try reader.readArray { reader throws(JSONError) in
            var article: EntityID?
            var view: ArticleView?
            try reader.readObject { reader, key throws(JSONError) in
                switch key {
                case "article": article = try reader.readID()
                case "view": view = try reader.readCase()
                default: try reader.skipValue()
                }
            }
            articles.append((try reader.required(article, "article"), try reader.required(view, "view")))
        }
        self = .articles(articles)
    }
}

extension ChangePage {
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeHead(to: &writer)
        writer.key("entries")
        writer.beginArray()
        for entry in entries { entry.write(to: &writer) }
        writer.endArray()
        writer.endObject()
    }

    /// All members but `entries`.
    func writeHead(to writer: inout JSONWriter) {
        writer.member("from", from)
        writer.member("to", to)
        writer.member("at", at?.text)
        writer.member("head", head)
        writer.member("complete", complete)
        writer.member("count", count)
        writer.member("hidden", hidden)
        if let views {
            writer.key("views")
            views.write(to: &writer)
        }
    }

    /// Roughly how many bytes the page takes.
    var estimatedBytes: Int { entries.reduce(512) { $0 + 320 + ($1.row?.count ?? 0) } }

    init(_ reader: inout JSONReader) throws(JSONError) {
        var members = PageMembers()
        try reader.readObject { reader, key throws(JSONError) in
            if try !members.read(key, &reader) { try reader.skipValue() }
        }
        self = try members.page(reader)
    }
}

/// The members of a page while they are read, in whatever order they come.
struct PageMembers {
    private var from: Int64?
    private var to: Int64?
    private var at: Tag?
    private var head: Int64?
    private var complete: Bool?
    private var count: Int?
    private var hidden: Int?
    private var entries: [ChangeEntry] = []
    private var views: Views?

    /// Reads the value of a member; false, and nothing read, where it is none of a page.
    mutating func read(_ key: String, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        switch key {
        case "from": from = try reader.readInt64()
        case "to": to = try reader.readInt64()
        case "at": at = try reader.readOptional { reader throws(JSONError) in try reader.readTag() }
        case "head": head = try reader.readInt64()
        case "complete": complete = try reader.readBool()
        case "count": count = try reader.readInt()
        case "hidden": hidden = try reader.readInt()
        case "entries":
            var read: [ChangeEntry] = []
            try reader.readArray { reader throws(JSONError) in read.append(try ChangeEntry(&reader)) }
            entries = read
        case "views": views = try reader.readOptional { reader throws(JSONError) in try Views(&reader) }
        default: return false
        }
        return true
    }

    func page(_ reader: JSONReader) throws(JSONError) -> ChangePage {
        ChangePage(
            from: try reader.required(from, "from"), to: try reader.required(to, "to"), at: at,
            head: try reader.required(head, "head"), complete: try reader.required(complete, "complete"),
            count: try reader.required(count, "count"), hidden: try reader.required(hidden, "hidden"),
            entries: entries, views: views)
    }
}
