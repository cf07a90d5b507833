import AnnotationModel
import AnnotationStore
import Postgres
package import SyncProtocol

extension Problem {
    /// Any error of a service as what its caller is told; nil for a cancellation, which is no answer to anybody.
    package init?(translating error: any Error) {
        switch error {
        case is CancellationError: return nil
        case let problem as Problem: self = problem
        case let error as RowError: self = .invalid("\(error.path): \(error.message)")
        case let error as StoreError: self = .translated(error)
        case let error as PostgresError: self = .translated(error)
        default: self = .internalError("something went wrong inside; the server's log says more")
        }
    }

    private static func translated(_ error: StoreError) -> Problem {
        switch error.code {
        case .notFound: .notFound(error.message)
        case .conflict: .conflict(error.message)
        case .contention: .unavailable(retryAfter: 1, error.message)
        case .oldSchema, .newerSchema, .checksumMismatch: .unavailable(retryAfter: 30, error.message)
        case .damaged: .internalError(error.message)
        }
    }

    private static func translated(_ error: PostgresError) -> Problem {
        switch error.code {
        case .parameterRefused: return .invalid("a value cannot be stored: \(error.message)")
        case .connectFailed, .connectionLost, .commitUnknown, .acquireTimedOut, .clientClosed:
            return .unavailable(retryAfter: 2, "the database cannot be reached now; try again")
        default: break
        }
        switch error.sqlState {
        case .serializationFailure, .deadlockDetected, .lockNotAvailable, .queryCanceled, .adminShutdown,
            .tooManyConnections, .readOnlyTransaction:
            return .unavailable(retryAfter: 1, "the database is busy; try again")
        case .undefinedTable, .undefinedColumn:
            return .unavailable(retryAfter: 30, "the database's schema is not this program's; run “manicule migrate”")
        default: return .internalError("the database refused this; the server's log says more")
        }
    }
}
