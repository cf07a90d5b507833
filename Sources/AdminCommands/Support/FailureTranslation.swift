import AnnotationServer
import AnnotationServices
import AnnotationStore
import CommandSupport
import FailPoints
import Postgres
import PrivatePostgres
import SyncProtocol

/// What the errors of the modules below mean to who sits at the command line.
enum FailureTranslation {
    static func translate(_ error: any Error) -> CommandFailure? {
        switch error {
        case let error as Problem: problem(error)
        case let error as PrivateClusterError:
            CommandFailure(
                .environment, error.description, detail: error.log.isEmpty ? nil : error.log.joined(separator: "\n"))
        case let error as StoreError: store(error)
        case let error as PostgresError: postgres(error)
        case let error as TLSError: .usage(error.description)
        case let error as SpoolError: .environment(error.message)
        case let error as ImportSourceError: .usage(error.message)
        case let error as FailPointError: .environment("stopped at the fail point \(error.name)")
        case is CancellationError: .environment("interrupted")
        default: nil
        }
    }

    private static func problem(_ problem: Problem) -> CommandFailure {
        let code: ExitCode =
            switch problem.status {
            case 401, 403, 409, 412: .refused
            case 500...: .environment
            default: .usage
            }
        return CommandFailure(code, problem.detail, detail: "\(problem.code): \(problem.title)")
    }

    private static func store(_ error: StoreError) -> CommandFailure {
        switch error.code {
        case .notFound: .usage(error.message)
        case .conflict: .refused(error.message)
        default: .environment(error.message)
        }
    }

    private static func postgres(_ error: PostgresError) -> CommandFailure {
        let message =
            switch error.code {
            case .connectFailed, .acquireTimedOut: "the database cannot be reached: \(error.message)"
            case .connectionLost: "the connection to the database was lost: \(error.message)"
            default: "the database refused: \(error.message)"
            }
        return CommandFailure(.environment, message, detail: error.description)
    }
}
