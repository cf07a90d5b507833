import ArgumentParser

/// How the server listens; also for `manicule config`, which tells what would be in force.
struct ServeOptions: ParsableArguments {
    @Option(help: "The address to listen on.")
    var host: String?

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: Int?

    @Option(
        name: .customLong("tls-cert"),
        help: ArgumentHelp(
            "Serve HTTPS with this certificate and its chain, in PEM; read anew when it changes.", valueName: "file"))
    var certificate: String?

    @Option(
        name: .customLong("tls-key"), help: ArgumentHelp("The certificate's private key, in PEM.", valueName: "file"))
    var key: String?

    @Flag(
        name: .customLong("behind-proxy"),
        help: "A proxy in front ends TLS: listen beyond this machine, and believe its X-Forwarded-For.")
    var isBehindProxy = false

    @Option(
        name: .customLong("admin-port"),
        help: ArgumentHelp("Tell /metrics, /healthz and /readyz on this port of 127.0.0.1 too.", valueName: "port"))
    var adminPort: Int?

    @Option(
        name: .customLong("log-format"),
        help: ArgumentHelp("The log as text, or json: one object a line.", valueName: "format"))
    var logFormat: String?

    @Option(help: ArgumentHelp("The user to run as when started by root.", valueName: "name"))
    var user: String?

    init() {}
}
