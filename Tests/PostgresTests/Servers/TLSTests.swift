import Logging
import Postgres
import Testing

@Suite("TLS", .serialized, .timeLimit(.minutes(3)))
struct TLSTests {
    /// An authority, the server's certificate for `db.example`, a client's for the user `robot`, and another authority.
    private static let makeCertificates = """
        authority() {
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \\
                -keyout $1.key -out $1.crt
        }
        certificate() { # name, subject, extension
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout $1.key -out $1.csr
            openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out $1.crt -extfile <(echo "$3")
        }
        authority ca; authority other
        certificate server db.example "subjectAltName=DNS:db.example"
        certificate client robot "extendedKeyUsage=clientAuth"
        chmod 600 *.key; chmod 644 *.crt
        chown $owner server.key
        """

    private func withServer(_ body: (Cluster) async throws -> Void) async throws {
        try await Cluster.with(
            settings: [
                "ssl = on", "ssl_cert_file = '../server.crt'", "ssl_key_file = '../server.key'",
                "ssl_ca_file = '../ca.crt'",
            ],
            access: [
                "local all all trust", "hostssl all robot 127.0.0.1/32 cert", "hostssl all all 127.0.0.1/32 trust",
            ],
            prepare: { try await Shell.run(Self.makeCertificates, in: $0) }, body)
    }

    /// Connects as these libpq parameters say.
    private func connect(_ cluster: Cluster, _ parameters: String) async throws -> [Bool] {
        let client = PostgresClient(
            configuration: PostgresConfiguration(
                connectionString:
                    "hostaddr=127.0.0.1 port=\(cluster.port) dbname=postgres password=geheim \(parameters)",
                poolSize: 1), logger: Logger(label: "test"))
        let result: [Bool]
        do {
            result = try await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").decode(
                Bool.self)
        } catch {
            await client.close()
            throw error
        }
        await client.close()
        return result
    }

    @Test(
        "verify-full takes the right name by the right authority, and nothing else; the errors say why, and no secret")
    func verifyFull() async throws {
        try await withServer { cluster in
            let own = "user=postgres sslmode=verify-full sslrootcert=\(cluster.directory)/ca.crt"
            #expect(try await connect(cluster, "host=db.example \(own)") == [true])

            func refusal(_ parameters: String) async throws -> String {
                let error = try await #require(throws: PostgresError.self) { try await connect(cluster, parameters) }
                #expect(error.code == .connectFailed)
                #expect(error.phase == .connect)
                let text = "\(error)"
                #expect(!text.contains("geheim") && !text.contains("\n"))
                return text
            }
            let name = try await refusal("host=elsewhere.example \(own)")
            #expect(name.contains("elsewhere.example") && name.contains("db.example"))
            let authority = try await refusal(
                "host=db.example user=postgres sslmode=verify-full sslrootcert=\(cluster.directory)/other.crt")
            #expect(authority.contains("certificate verify failed"))
            let plain = try await refusal("host=db.example user=postgres sslmode=disable")
            #expect(plain.contains("pg_hba.conf"))
            let missing = try await refusal("host=db.example user=postgres sslmode=verify-full sslrootcert=/nowhere")
            #expect(missing.contains("/nowhere"))
        }
    }

    @Test("a user who is known by a certificate gets in with it, and not without")
    func clientCertificate() async throws {
        try await withServer { cluster in
            try await Shell.run(
                "psql -h \(cluster.directory) -p \(cluster.port) -U postgres -c 'CREATE ROLE robot LOGIN'")
            let own =
                "host=db.example user=robot sslmode=verify-full sslrootcert=\(cluster.directory)/ca.crt"
            let pair = "sslcert=\(cluster.directory)/client.crt sslkey=\(cluster.directory)/client.key"
            #expect(try await connect(cluster, "\(own) \(pair)") == [true])
            let error = try await #require(throws: PostgresError.self) { try await connect(cluster, own) }
            #expect(error.code == .connectFailed)
            #expect("\(error)".contains("certificate"))
        }
    }
}
