import AnnotationModel
import CommandSupport
import FoundationEssentials
import JSONText
import Yams

/// A file of labels: a YAML (or JSON) list of `{key, name, kind, color?, shortcut?, attributes?, from?, to?}`.
enum LabelFile {
    private static let largest = 4 << 20

    static func read(_ path: String) throws -> [Label] {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw CommandFailure.usage("the label file \(path) cannot be read")
        }
        guard data.count <= largest, let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure.usage("the label file \(path) is not UTF-8, or larger than 4 MiB")
        }
        return try parse(text, file: path)
    }

    static func parse(_ text: String, file: String) throws -> [Label] {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw CommandFailure.usage(
                "\(file) is no valid YAML: \("\(error)".split(separator: "\n").first ?? "")", detail: "\(error)")
        }
        guard let sequence = root?.sequence else {
            throw CommandFailure.usage("\(file) must be a list of labels, each with key, name and kind")
        }
        var labels: [Label] = []
        for (index, node) in sequence.enumerated() {
            let place = "\(file)\(node.mark.map { ":\($0.line)" } ?? ""), label \(index + 1)"
            guard case .object(let object) = try value(node, place) else {
                throw CommandFailure.usage("\(place): {key: …, name: …, kind: …} is expected")
            }
            do throws(RowError) {
                let label = try Label(RowReader(object: object))
                guard !labels.contains(where: { ExactString.equal($0.key, label.key) }) else {
                    throw RowError(path: "key", message: "stands twice: \(label.key)")
                }
                labels.append(label)
            } catch {
                throw CommandFailure.usage("\(place): \(error.path) \(error.message)")
            }
        }
        return labels
    }

    /// The node as JSON; what is quoted stays a string.
    private static func value(_ node: Node, _ place: String) throws -> JSONValue {
        switch node {
        case .sequence(let sequence): return .array(try sequence.map { try value($0, place) })
        case .mapping(let mapping):
            var object = JSONObject()
            for (key, element) in mapping {
                guard let name = key.scalar?.string else {
                    throw CommandFailure.usage("\(place): a key must be a word")
                }
                guard !object.contains(name) else { throw CommandFailure.usage("\(place): \(name) stands twice") }
                object[name] = try value(element, place)
            }
            return .object(object)
        case .scalar(let scalar):
            guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
            if let flag = node.bool { return .bool(flag) }
            if node.null != nil { return .null }
            // A label may well be called 1984: numbers mean nothing in this file.
            return .string(scalar.string)
        case .alias: throw CommandFailure.usage("\(place): aliases are not followed")
        }
    }
}
