import AnnotationServer
import AsyncHTTPClient
import Foundation
import JSONText
import Logging
import NIOSSL
import Testing

@Suite("TLS by the server itself")
struct TLSTests {
    @Test("HTTPS is served with the certificate, and nothing older than TLS 1.2")
    func serves() async throws {
        try await withCertificate { certificate in
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(certificate.certificatePath)
            try await TestServer.with(
                options: ServerOptions(port: 0, tls: certificate.files), client: .init(tlsConfiguration: tls)
            ) { server in
                #expect(server.address.hasPrefix("https://127.0.0.1:"))
                let reply = try await server.send(.get, "/healthz")
                #expect(reply.status == 200)
                #expect(reply.header("Strict-Transport-Security") == "max-age=31536000")
                let address = server.address
                for (version, isServed) in [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
                    let output = try await onThread { try certificate.handshake(address, [version]) }
                    #expect(output.contains("-----BEGIN CERTIFICATE-----") == isServed, "\(version)")
                }
                // Plain HTTP gets nothing out of it, and harms nobody.
                let plain = try await onThread {
                    let connection = try RawConnection(address)
                    try connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                    return try connection.readToEnd()
                }
                #expect(!plain.contains("HTTP/1.1 200"))
                #expect(try await server.send(.get, "/readyz").status == 200)
            }
        }
    }

    @Test(
        "a new certificate is taken up while connections stay; a bad one is refused with its reason, the old one stays")
    func reloads() async throws {
        try await withCertificate(poll: .milliseconds(50)) { certificate in
            let recorder = LogRecorder()
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(certificate.certificatePath)
            try await TestServer.with(
                options: ServerOptions(port: 0, tls: certificate.files), logger: recorder.logger(),
                client: .init(tlsConfiguration: tls)
            ) { server in
                let address = server.address
                #expect(try await server.send(.get, "/healthz").status == 200)
                let first = try await onThread { try certificate.serial(address) }
                #expect(!first.isEmpty)
                try Data("nonsense".utf8).write(to: URL(fileURLWithPath: certificate.certificatePath))
                let isRefused = await eventually {
                    recorder.all.contains {
                        $0.level == .error && $0.metadata["error"]?.contains("no certificate") == true
                    }
                }
                #expect(isRefused)
                #expect(try await onThread { try certificate.serial(address) } == first)
                try await onThread { try certificate.make() }
                let isTakenUp = try await eventually {
                    try await onThread { try certificate.serial(address) } != first
                }
                #expect(isTakenUp)
                // The connection of before is still the same one, with the certificate that its client trusts.
                #expect(try await server.send(.get, "/healthz").status == 200)
                // A key that belongs to another certificate is no pair.
                let second = try await onThread { try certificate.serial(address) }
                try await onThread { try certificate.makeKey() }
                let isNoPair = await eventually {
                    recorder.all.contains { $0.metadata["error"]?.contains("does not belong") == true }
                }
                #expect(isNoPair)
                #expect(try await onThread { try certificate.serial(address) } == second)
            }
        }
    }

    @Test("SIGHUP has the certificate read at once")
    func hangup() async throws {
        try await withCertificate(poll: .seconds(3600)) { certificate in
            let recorder = LogRecorder()
            try await TestServer.with(
                options: ServerOptions(port: 0, tls: certificate.files), logger: recorder.logger(.debug)
            ) { server in
                // Before the server listens for it, the signal would end this process.
                let isListening = await eventually { recorder.all.contains { $0.message.contains("at SIGHUP") } }
                try #require(isListening)
                let address = server.address
                let first = try await onThread { try certificate.serial(address) }
                try await onThread { try certificate.make() }
                let isTakenUp = try await eventually {
                    kill(getpid(), SIGHUP)
                    return try await onThread { try certificate.serial(address) } != first
                }
                #expect(isTakenUp)
            }
        }
    }

    @Test("files that cannot be used are refused at the start, each with its own reason")
    func unusable() async throws {
        try await withCertificate { certificate in
            let good = certificate.files
            let cases: [(TLSFiles, String)] = [
                (TLSFiles(certificate: "/nowhere/cert.pem", key: good.key), "cannot be read"),
                (TLSFiles(certificate: good.key, key: good.key), "holds no certificate"),
                (TLSFiles(certificate: good.certificate, key: good.certificate), "holds no private key"),
            ]
            for (files, reason) in cases {
                do {
                    try await TestServer.with(options: ServerOptions(port: 0, tls: files)) { _ in }
                    Issue.record("it started: \(reason)")
                } catch let error as TLSError {
                    #expect(error.description.contains(reason))
                    #expect(!error.description.contains("\n"))
                }
            }
        }
    }
}

/// A self-signed certificate that openssl made, in a folder of its own.
struct TestCertificate: Sendable {
    let folder: String
    let poll: Duration

    var certificatePath: String { folder + "/cert.pem" }
    var files: TLSFiles { TLSFiles(certificate: certificatePath, key: folder + "/key.pem", poll: poll) }

    /// Makes a new pair, over the old one.
    func make() throws {
        _ = try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", folder + "/key.pem", "-out", certificatePath,
        ])
    }

    func makeKey() throws {
        _ = try openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder + "/key.pem"])
    }

    /// What openssl says of a handshake with the server.
    func handshake(_ address: String, _ arguments: [String] = []) throws -> String {
        let place = String(address.dropFirst("https://".count))
        return try openssl(["s_client", "-connect", place] + arguments)
    }

    /// The certificate that the server shows, as text; empty when it shows none.
    func serial(_ address: String) throws -> String {
        let output = try handshake(address)
        guard let start = output.range(of: "-----BEGIN CERTIFICATE-----"),
            let end = output.range(of: "-----END CERTIFICATE-----")
        else { return "" }
        return String(output[start.lowerBound..<end.upperBound])
    }

    private func openssl(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}

/// Lends a certificate that is gone afterwards.
func withCertificate(
    poll: Duration = .seconds(10), _ body: (TestCertificate) async throws -> Void
) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let certificate = TestCertificate(folder: folder, poll: poll)
    try await onThread { try certificate.make() }
    try await body(certificate)
}
