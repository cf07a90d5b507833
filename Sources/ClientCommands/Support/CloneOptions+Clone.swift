import AnnotationClient
import CommandSupport

extension CloneOptions {
    /// Opens the clone, lends it to `body`, and closes it whatever happens.
    func withClone<Value>(_ body: (Clone) async throws -> Value) async throws -> Value {
        let clone = try Clone.open(from: directory)
        let value: Value
        do {
            value = try await body(clone)
        } catch {
            // The first error is the one that counts.
            try? clone.close()
            throw error
        }
        try clone.close()
        return value
    }
}

/// What the library's errors mean on a command line.
enum Failures {
    @Sendable static func translate(_ error: any Error) -> CommandFailure? {
        guard let error = error as? ClientError else { return nil }
        let code: CommandSupport.ExitCode =
            switch error.kind {
            case .usage: .usage
            case .environment: .environment
            case .refused: .refused
            }
        return CommandFailure(
            code, error.message, detail: [error.code, error.detail].compactMap(\.self).joined(separator: "\n"))
    }

    /// Runs what talks to a server; where none answers, the error says which one was meant.
    static func naming<Value>(_ server: String, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch var error as ClientError where error.code == "no_server" {
            error.message = "\(server): \(error.message)"
            throw error
        }
    }
}
