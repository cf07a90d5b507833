import AnnotationModel
import CommandSupport
import FoundationEssentials
import JSONText

/// What a backup's `manicule.json` says of it: written last, so that its presence means the backup is whole.
struct BackupManifest {
    var madeAt: Timestamp
    /// The number of the last migration.
    var schema: Int
    var postgres: String
    var program: String

    var bytes: [UInt8] {
        let object: JSONObject = [
            "made_at": .string(madeAt.text), "manicule": .string(program), "postgresql": .string(postgres),
            "schema": JSONValue(schema),
        ]
        return JSONValue.object(object).canonicalBytes() + [UInt8(ascii: "\n")]
    }

    init(madeAt: Timestamp, schema: Int, postgres: String, program: String) {
        self.madeAt = madeAt
        self.schema = schema
        self.postgres = postgres
        self.program = program
    }

    init(folder: String) throws {
        guard let data = try? Data(contentsOf: URL(filePath: "\(folder)/manicule.json")),
            let object = try? JSONValue(parsing: Array(data)).objectValue,
            let madeAt = object["made_at"]?.stringValue.flatMap({ Timestamp($0) }),
            let schema = object["schema"]?.intValue
        else {
            throw CommandFailure.usage("\(folder) is no backup that “manicule backup” has finished (no manicule.json)")
        }
        self.init(
            madeAt: madeAt, schema: schema, postgres: object["postgresql"]?.stringValue ?? "",
            program: object["manicule"]?.stringValue ?? "")
    }
}
