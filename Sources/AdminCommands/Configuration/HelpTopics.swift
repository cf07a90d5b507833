import CommandSupport

/// What `manicule help TOPIC` tells.
enum HelpTopics {
    static let all = [gettingStarted, sync, importing, security, operations, exitCodes]

    private static let gettingStarted = HelpTopic(
        "getting-started",
        """
        Getting started

          manicule serve                         starts the server, with a PostgreSQL of its own
          manicule user add ada --admin          in another terminal: an account, which asks for a password
          manicule project create news --labels labels.yaml
          manicule import news articles/
          manicule user add bob
          manicule member add news bob --role annotator
          manicule token create bob --name laptop --expires 90d

        On bob's machine:

          manicule-client clone http://127.0.0.1:8080 news tour --token-stdin
          cd tour
          manicule-client annotate ARTICLE --label PER --quote "Ada Lindquist"
          manicule-client sync

        “manicule help COMMAND” tells of each command, with an example.
        """)

    private static let sync = HelpTopic(
        "sync",
        """
        How offline work comes together

        A clone is whole: it reads, searches and annotates without the server. Each change is a numbered mutation in the
        clone's outbox. “manicule-client sync” sends what is new and takes in what others did; a change that was sent
        twice is applied once.

        Who changed the same field of the same row as somebody else meanwhile gets a conflict: the server keeps both
        values, and “manicule-client conflicts” shows them. What the server refuses stays in the clone with the reason:
        “manicule-client rejected”.

        The server counts changes per project. A clone whose cursor belongs to another history, for example after a
        restored backup, is told so and takes a snapshot; its own work is not lost.
        """)

    private static let importing = HelpTopic(
        "import",
        """
        Importing

          manicule import PROJECT PATH…          files and folders
          manicule import PROJECT PATH --dry-run --report report.jsonl

        Each line that cannot be used is reported with its file, line and reason, and the rest is imported: the exit code
        is then 1. A plain rerun goes on where a run was stopped; what is there already is “unchanged”.

        Offsets in files are counted in the unit that the format uses, and stored as Unicode code points. A quote that
        does not match its text is a failure of that line, never a silent shift.

        “manicule import --help” lists the options.
        """)

    private static let security = HelpTopic(
        "security",
        """
        Security

        The server listens on this machine alone, unless it has TLS:

          manicule serve --host 0.0.0.0 --port 443 --tls-cert chain.pem --tls-key key.pem
          manicule serve --host 10.0.0.5 --behind-proxy

        A new certificate is taken up within ten seconds, or at SIGHUP; a bad one is refused in the log and the old one
        stays. With --behind-proxy the proxy must end TLS and set X-Forwarded-For and X-Forwarded-Proto itself: the last
        address of X-Forwarded-For is believed. Nobody but the proxy may reach that port.

        Passwords are hashed with argon2id; there is none by default. Tokens are shown once, have a scope and an expiry,
        and can be bound to one project: “manicule token create --help”. Failed logins are limited per account and
        address; nobody can lock another one out. Every administrative act is in the audit log.
        """)

    private static let operations = HelpTopic(
        "operations",
        """
        Operations

          GET /healthz       the process lives
          GET /readyz        200: it can do its work; 503 with what is wrong and what to do
          GET /metrics       for Prometheus, with an administrator's token; without one on --admin-port

          manicule config    each setting, and where it comes from
          manicule status    what runs, and what the database holds
          manicule verify    checks that the tables agree with the log of changes
          manicule backup DIR / manicule restore DIR

        The log goes to standard error: text on a terminal, else one JSON object a line (--log-format). Each line of a
        request has its request_id, which the answer has as X-Request-Id.

        SIGTERM ends the server in order: /readyz says so first, for “drain-seconds” requests are still taken, those that
        wait for news are ended, and all that was accepted is finished.
        """)

    private static let exitCodes = HelpTopic(
        "exit-codes",
        """
        Exit codes of both programs

          0  fine
          1  it ran, but some rows or operations failed
          2  wrong usage, or nothing usable in what was given
          3  no server, no database, or no disk
          4  refused: not allowed, or a conflict of versions

        What failed is one line on standard error; --verbose tells the rest.
        """)
}
