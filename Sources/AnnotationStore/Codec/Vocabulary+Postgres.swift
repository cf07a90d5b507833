package import AnnotationModel
import Postgres
package import SyncProtocol

// Stored as the words that the wire has; the table's CHECK constraints hold the same lists.

extension EntityKind: PostgresCodable {}
extension Role: PostgresCodable {}
extension LayerMode: PostgresCodable {}
extension Visibility: PostgresCodable {}
extension Access: PostgresCodable {}
extension Layer: PostgresCodable {}
extension AnnotationState: PostgresCodable {}
extension ReviewDecision: PostgresCodable {}
extension AssignmentState: PostgresCodable {}
extension LabelKind: PostgresCodable {}
extension Conflict.State: PostgresCodable {}
extension Conflict.Choice: PostgresCodable {}
extension ChangeEntry.Kind: PostgresCodable {}
