import Glibc
import Logging
import NIOSSL
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Why the files of a certificate cannot be used: one line.
package struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String
}

extension TLSFiles {
    /// Throws `TLSError` when the files cannot be used.
    package func check() throws(TLSError) { _ = try TLSContext(self) }
}

/// The certificate in use. New connections take the current one; those that are open keep theirs.
final class TLSContext: Sendable {
    /// What tells that a file is another one.
    private struct Fingerprint: Equatable {
        var seconds: Int
        var nanoseconds: Int
        var size: Int
        var inode: UInt

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
            size = status.st_size
            inode = status.st_ino
        }
    }

    private struct State {
        var context: NIOSSLContext
        /// Of the files as they were last read, whether or not they could be used.
        var seen: [Fingerprint?]
    }

    let files: TLSFiles
    private let state: Mutex<State>

    /// Reads the files. Throws `TLSError`.
    init(_ files: TLSFiles) throws(TLSError) {
        self.files = files
        let seen = Self.fingerprints(files)
        state = Mutex(State(context: try Self.load(files), seen: seen))
    }

    var current: NIOSSLContext { state.withLock { $0.context } }

    /// Reads the files again when they are others than before, or when `always`.
    /// - Returns: whether the certificate is a new one. Throws `TLSError` when they cannot be used; the old one stays.
    func reload(always: Bool = false) throws(TLSError) -> Bool {
        let now = Self.fingerprints(files)
        let isNew = state.withLock { state in
            defer { state.seen = now }
            return state.seen != now
        }
        guard isNew || always else { return false }
        let context = try Self.load(files)
        state.withLock { $0.context = context }
        return true
    }

    private static func fingerprints(_ files: TLSFiles) -> [Fingerprint?] {
        [Fingerprint(files.certificate), Fingerprint(files.key)]
    }

    private static func load(_ files: TLSFiles) throws(TLSError) -> NIOSSLContext {
        for (path, what) in [(files.certificate, "certificate"), (files.key, "private key")] {
            guard access(path, R_OK) == 0 else {
                throw TLSError(description: "the \(what) \(path) cannot be read: \(String(cString: strerror(errno)))")
            }
        }
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMFile(files.certificate) } catch { chain = [] }
        guard !chain.isEmpty else {
            throw TLSError(description: "\(files.certificate) holds no certificate in PEM")
        }
        let key: NIOSSLPrivateKey
        do { key = try NIOSSLPrivateKey(file: files.key, format: .pem) } catch {
            throw TLSError(description: "\(files.key) holds no private key in PEM without a passphrase")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw TLSError(
                description: "the key \(files.key) does not belong to the certificate \(files.certificate)")
        }
    }
}

/// Looks at the files of the certificate every few seconds, and at SIGHUP.
struct TLSReloader: Service {
    let context: TLSContext
    let logger: Logger

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await watch() }
        } catch is CancellationError where !Task.isCancelled {
            // The server stops in order.
        }
    }

    private func watch() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await Task.sleep(for: context.files.poll)
                    reload()
                }
            }
            group.addTask {
                let hangups = await UnixSignalsSequence(trapping: .sighup)
                logger.debug("the TLS certificate is read anew at SIGHUP")
                for await _ in hangups { reload(always: true) }
            }
            try await group.waitForAll()
        }
    }

    private func reload(always: Bool = false) {
        do {
            guard try context.reload(always: always) else { return }
            logger.notice("the TLS certificate was read anew", metadata: ["file": .string(context.files.certificate)])
        } catch {
            logger.error(
                "the new TLS certificate cannot be used; the old one stays",
                metadata: ["error": .string(error.description)])
        }
    }
}
