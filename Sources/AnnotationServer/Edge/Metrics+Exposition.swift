import AnnotationServices
import AnnotationStore
import Postgres

/// Prometheus' text format, version 0.0.4.
struct Exposition {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    enum Kind: String {
        case counter, gauge, histogram
    }

    /// Begins a family of samples.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",") + "}"
        }
        // A whole number without “.0”, as everybody writes counters.
        if let whole = Int(exactly: value) { text += " \(whole)\n" } else { text += " \(value)\n" }
    }

    private static func escaped(_ text: String) -> String {
        text.map { $0 == "\\" ? "\\\\" : $0 == "\"" ? "\\\"" : $0 == "\n" ? "\\n" : String($0) }.joined()
    }
}

extension Edge {
    /// All that is measured, as text.
    func exposition() -> String {
        var page = Exposition()
        requests(&page)
        connections(&page)
        database(&page)
        process(&page)
        return page.text
    }

    private func requests(_ page: inout Exposition) {
        let state = metrics.snapshot
        let requests = state.requests.sorted { $0.key < $1.key }
        func labels(_ key: Metrics.Key) -> [(String, String)] {
            [("method", key.method), ("route", key.route), ("status", key.status)]
        }
        page.family("manicule_http_requests_total", .counter, "Requests answered.")
        for (key, figures) in requests {
            page.sample("manicule_http_requests_total", labels(key), Double(figures.count))
        }
        let name = "manicule_http_request_duration_seconds"
        page.family(name, .histogram, "From the headers of a request to those of its answer.")
        for (key, figures) in requests {
            var sum = 0
            for (bound, count) in zip(Metrics.bounds, figures.buckets) {
                sum += count
                page.sample(name + "_bucket", labels(key) + [("le", bound.text)], Double(sum))
            }
            page.sample(name + "_bucket", labels(key) + [("le", "+Inf")], Double(figures.count))
            page.sample(name + "_sum", labels(key), figures.seconds)
            page.sample(name + "_count", labels(key), Double(figures.count))
        }
        page.family("manicule_http_requests_in_flight", .gauge, "Requests without an answer yet, waiting ones too.")
        page.sample("manicule_http_requests_in_flight", [], Double(state.inFlight))
        page.family("manicule_http_requests_refused_total", .counter, "Requests answered 503 under overload.")
        page.sample("manicule_http_requests_refused_total", [], Double(admission.refused))
    }

    private func connections(_ page: inout Exposition) {
        page.family("manicule_http_connections", .gauge, "Open connections.")
        page.sample("manicule_http_connections", [], Double(connections.open))
        page.family("manicule_http_connections_refused_total", .counter, "Connections closed as one too many.")
        page.sample("manicule_http_connections_refused_total", [], Double(connections.refused))
    }

    private func database(_ page: inout Exposition) {
        let pool = services.database.client.metrics
        page.family("manicule_db_connections", .gauge, "Connections of the pool by state.")
        page.sample("manicule_db_connections", [("state", "idle")], Double(pool.idle))
        page.sample("manicule_db_connections", [("state", "used")], Double(pool.lent))
        page.sample("manicule_db_connections", [("state", "opening")], Double(pool.opening))
        page.family("manicule_db_listeners", .gauge, "Connections that listen, outside of the pool.")
        page.sample("manicule_db_listeners", [], Double(pool.listeners))
        page.family("manicule_db_waiting", .gauge, "Tasks that wait for a connection of the pool.")
        page.sample("manicule_db_waiting", [], Double(pool.waiting))
        page.family("manicule_db_wait_seconds_total", .counter, "How long tasks have waited for a connection.")
        page.sample("manicule_db_wait_seconds_total", [], pool.waitTime / .seconds(1))
        let counters: [(String, String, Int)] = [
            ("acquired", "Connections lent.", pool.acquired),
            ("acquire_timeouts", "Tasks for which no connection became free in time.", pool.acquireTimeouts),
            ("opened", "Connections made.", pool.opened),
            ("connect_failures", "Attempts to connect that failed.", pool.connectFailures),
            ("queries", "Queries sent.", pool.queries),
            ("retries", "Transactions run again.", pool.retries),
        ]
        for (name, help, count) in counters {
            page.family("manicule_db_\(name)_total", .counter, help)
            page.sample("manicule_db_\(name)_total", [], Double(count))
        }
        page.family("manicule_db_closed_total", .counter, "Connections closed, by reason.")
        for (reason, count) in pool.closed.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            page.sample("manicule_db_closed_total", [("reason", reason.rawValue)], Double(count))
        }
    }

    private func process(_ page: inout Exposition) {
        let figures = ProcessFigures.now()
        page.family("process_resident_memory_bytes", .gauge, "Resident memory.")
        page.sample("process_resident_memory_bytes", [], Double(figures.residentBytes))
        page.family("process_cpu_seconds_total", .counter, "User and system time.")
        page.sample("process_cpu_seconds_total", [], figures.cpuSeconds)
        page.family("process_open_fds", .gauge, "Open file descriptors.")
        page.sample("process_open_fds", [], Double(figures.descriptors))
        page.family("process_max_fds", .gauge, "How many file descriptors may be open.")
        page.sample("process_max_fds", [], Double(figures.maximumDescriptors))
        page.family("process_start_time_seconds", .gauge, "When the server started, in Unix time.")
        page.sample("process_start_time_seconds", [], startSeconds)
    }
}
