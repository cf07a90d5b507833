import AnnotationClient
package import AnnotationModel
import CommandSupport
import JSONText

/// An article with all that was said of it, as `show` prints it.
package struct ArticleSheet: Sendable {
    package struct Remark: Sendable {
        var id: EntityID
        var author: String
        var text: String
        var isPending = false

        package init(id: EntityID, author: String, text: String, isPending: Bool = false) {
            self.id = id
            self.author = author
            self.text = text
            self.isPending = isPending
        }
    }

    package struct Entry: Sendable {
        var annotation: Annotation
        var author: String
        var comments: [Remark] = []
        var isPending = false

        package init(annotation: Annotation, author: String, comments: [Remark] = [], isPending: Bool = false) {
            self.annotation = annotation
            self.author = author
            self.comments = comments
            self.isPending = isPending
        }
    }

    package struct Link: Sendable {
        var relation: Relation
        var author: String
        var isPending = false

        package init(relation: Relation, author: String, isPending: Bool = false) {
            self.relation = relation
            self.author = author
            self.isPending = isPending
        }
    }

    var article: Article
    var text: ArticleText
    var entries: [Entry]
    var links: [Link]
    var labels: [Label]

    package init(article: Article, text: String, entries: [Entry], links: [Link] = [], labels: [Label] = []) {
        self.article = article
        self.text = ArticleText(text)
        self.entries = entries
        self.links = links
        self.labels = labels
    }

    init(_ detail: ArticleDetail, labels: [Label]) {
        self.init(
            article: detail.article, text: detail.text,
            entries: detail.annotations.map { item in
                Entry(
                    annotation: item.annotation, author: item.author,
                    comments: item.comments.map {
                        Remark(id: $0.comment.id, author: $0.author, text: $0.comment.text, isPending: $0.isPending)
                    }, isPending: item.isPending)
            },
            links: detail.relations.map { Link(relation: $0.relation, author: $0.author, isPending: $0.isPending) },
            labels: labels)
    }

    /// A head, the marked text, and the legend of its marks.
    package func rendered(width: Int?, color: Bool) -> String {
        let marks = SpanMarks(entries.map(\.annotation), in: text, of: article)
        let palette = Palette(labels)
        var output = head(width: width, color: color) + "\n"
        output += MarkedText(text: text, marks: marks, palette: palette).rendered(width: width, color: color)
        let legend = Legend(sheet: self, marks: marks, palette: palette).rendered(width: width, color: color)
        return legend.isEmpty ? output : output + "\n" + legend
    }

    private func head(width: Int?, color: Bool) -> String {
        var head = Style.bold.apply(article.externalID.printable(), color: color)
        head += Style.dim.apply("  \(article.length) code points  \(article.id.text)", color: color) + "\n"
        for (key, value) in article.metadata.members {
            let shown = value.stringValue ?? value.canonicalText
            let line = "\(key.printable()): \(shown.printable())"
            head += Style.dim.apply(width.map { line.truncated(toWidth: $0) } ?? line, color: color) + "\n"
        }
        return head
    }
}
