import CommandSupport
import FoundationEssentials
import JSONText

/// The file of `--map-authors`: a JSON object `{"name in the file": "user here"}`, or a line `name<TAB>user` each.
enum AuthorMap {
    static func read(_ path: String) throws -> [String: String] {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw CommandFailure.usage("the file \(path) of --map-authors cannot be read")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure.usage("\(path) is not UTF-8")
        }
        return try parse(text, file: path)
    }

    static func parse(_ text: String, file: String) throws -> [String: String] {
        if text.unicodeScalars.first(where: { !$0.properties.isWhitespace }) == "{" {
            let object = try? JSONValue(parsing: text).objectValue
            guard let object else { throw CommandFailure.usage("\(file) is no valid JSON object") }
            return try Dictionary(
                object.members.map { key, value in
                    guard let user = value.stringValue else {
                        throw CommandFailure.usage("\(file): the value of “\(key)” must be a user's name")
                    }
                    return (key, user)
                }, uniquingKeysWith: { $1 })
        }
        var map: [String: String] = [:]
        for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
            let parts = line.split(separator: "\t")
            guard parts.count == 2 else {
                throw CommandFailure.usage("\(file), line \(index + 1): “name<TAB>user” is expected")
            }
            map[String(parts[0])] = String(parts[1])
        }
        return map
    }
}
