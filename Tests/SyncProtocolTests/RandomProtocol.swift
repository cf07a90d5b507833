import AnnotationModel
import AnnotationModelTestSupport
import Digest
import JSONText
import SyncProtocol

/// Values of the protocol of any content that it can carry.
struct RandomProtocol {
    var rows: RandomRows

    init(seed: UInt64) { rows = RandomRows(seed: seed) }

    mutating func tag() -> Tag { Tag(bits: rows.random.next()) }

    mutating func maybe<Value>(_ make: (inout RandomProtocol) -> Value) -> Value? {
        rows.random.one(in: 2) ? make(&self) : nil
    }

    mutating func value() -> JSONValue {
        switch rows.random.int(0...5) {
        case 0: .null
        case 1: rows.anchor().json
        default: rows.scalar()
        }
    }

    mutating func edits() -> [FieldEdit] {
        let fields = ["anchor", "attributes/a", "attributes/a_1", "attributes/z", "label", "state", "text"]
        return fields.filter { _ in rows.random.one(in: 3) }.map { field in
            FieldEdit(field: field, was: SeenValue(value()), value: value())
        }
    }

    mutating func operation() -> SyncProtocol.Operation {
        let kind: EntityKind = rows.random.pick([.annotation, .relation, .comment, .review, .assignment])
        switch rows.random.int(0...3) {
        case 0: return .create(kind, id: rows.id(), row: rows.row().jsonWithoutVersion)
        case 1:
            let edits = edits()
            return .update(
                kind, id: rows.id(), edits: edits, revive: edits.isEmpty || rows.random.one(in: 4))
        case 2: return .delete(kind, id: rows.id(), was: SHA256.hash(rows.string()))
        default:
            let choice = rows.random.pick(Conflict.Choice.allCases)
            return .resolve(
                conflict: rows.id(), choice: choice, value: choice == .value ? value() : .none, was: SeenValue(value()))
        }
    }

    mutating func mutation(n: Int64) -> Mutation {
        if rows.random.one(in: 20) { return .void(n: n) }
        return Mutation(
            n: n, madeAt: maybe { $0.rows.time() }, atomic: rows.random.one(in: 4),
            operations: (0..<rows.random.int(1...6)).map { _ in operation() })
    }

    mutating func operationResult() -> OperationResult {
        OperationResult(
            status: rows.random.pick(OperationStatus.allCases),
            code: maybe { $0.rows.random.pick(OperationCode.allCases) },
            message: maybe { $0.rows.string() }, version: maybe { Int64($0.rows.random.int(0...1 << 53)) },
            aliasOf: maybe { $0.rows.id() },
            conflicts: (0..<rows.random.pick([0, 0, 1, 3])).map { _ in
                FieldConflict(field: rows.string(), conflictID: rows.id(), applied: rows.random.one(in: 2))
            },
            conflictID: maybe { $0.rows.id() }, current: maybe { .object($0.rows.row().json) })
    }

    mutating func mutationResult(n: Int64) -> MutationResult {
        MutationResult(
            n: n, status: rows.random.pick(MutationStatus.allCases),
            code: maybe { $0.rows.random.pick(OperationCode.allCases) },
            message: maybe { $0.rows.string() }, operations: (0..<rows.random.int(0...4)).map { _ in operationResult() }
        )
    }

    mutating func entry(seq: Int64) -> ChangeEntry {
        var row = rows.row()
        row.version = seq
        let isPut = !rows.random.one(in: 4)
        return ChangeEntry(
            seq: seq, n: rows.random.int(1...9), tag: tag(), kind: isPut ? .put : .del, entity: row.kind,
            id: row.wireID,
            row: isPut ? canonicalRow(row.canonicalBytes, version: seq) : nil, by: maybe { $0.rows.id() },
            origin: maybe { ($0.rows.id(), Int64($0.rows.random.int(1...999))) })
    }

    mutating func page() -> ChangePage {
        let entries = (0..<rows.random.int(0...5)).map { entry(seq: Int64($0) + 1000) }
        let views: Views? =
            switch rows.random.int(0...3) {
            case 0: .changed
            case 1: .articles((0..<3).map { _ in (rows.id(), rows.random.pick(ArticleView.allCases)) })
            case 2: .articles([])
            default: nil
            }
        return ChangePage(
            from: 999, to: 2000, at: maybe { $0.tag() }, head: Int64(rows.random.int(0...1 << 53)),
            complete: rows.random.one(in: 2), count: entries.count, hidden: rows.random.int(0...900), entries: entries,
            views: views)
    }
}

extension ChangeEntry {
    /// Everything of the entry, comparable.
    var summary: [String] {
        [
            "\(seq)", "\(n)", tag.text, kind.rawValue, entity.rawValue, id,
            row.map { String(decoding: $0, as: UTF8.self) } ?? "-",
            by?.text ?? "-", origin.map { "\($0.client) \($0.n)" } ?? "-",
        ]
    }
}

extension ChangePage {
    var summary: [[String]] {
        [["\(from)", "\(to)", at?.text ?? "-", "\(head)", "\(complete)", "\(count)", "\(hidden)"]]
            + entries.map(\.summary)
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
