import AnnotationModel
import AnnotationModelTestSupport
import AnnotationServices
import JSONText
import Testing

@Suite struct `Annotations as they are shown` {
    @Test(arguments: 0...3) func `The direct writer writes what the generic way writes`(comments: Int) throws {
        var rows = RandomRows(seed: 9)
        var annotations: [Annotation] = []
        var remarks: [AnnotationModel.Comment] = []
        while annotations.count < 200 || remarks.count < 200 {
            switch rows.row() {
            case .annotation(let row): annotations.append(row)
            case .comment(let row): remarks.append(row)
            default: break
            }
        }
        for (place, annotation) in annotations.prefix(200).enumerated() {
            let from = place % (200 - comments)
            let view = AnnotationView(annotation: annotation, comments: Array(remarks[from..<from + comments]))
            var writer = JSONWriter()
            view.write(to: &writer)
            #expect(writer.text == JSONValue.object(view.json).canonicalText)
        }
    }
}
