import Foundation
import Postgres

#if canImport(Glibc)
    import Glibc
#endif

/// Processor time of this process, of the programs it ran, and of the server.
struct ProcessorTime {
    /// In milliseconds.
    var own: Double
    var children: Double
    var server: Double

    static func now(_ server: Server) -> ProcessorTime {
        ProcessorTime(own: usage(RUSAGE_SELF), children: usage(RUSAGE_CHILDREN), server: server.processorTime())
    }

    private static func usage(_ who: __rusage_who) -> Double {
        var usage = rusage()
        getrusage(Int32(who.rawValue), &usage)
        func milliseconds(_ time: timeval) -> Double { Double(time.tv_sec) * 1000 + Double(time.tv_usec) / 1000 }
        return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime)
    }

    /// The largest memory this process has had, in MB.
    static var peakMemory: Double {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) / 1024
    }
}

/// The server's processes, seen by the operating system.
struct Server: Sendable {
    let postmaster: Int

    /// The parent of one of its sessions.
    static func find() async throws -> Server {
        let session = try await withClient(connections: 1) {
            try await $0.query("SELECT pg_backend_pid()").decode(Int.self)[0]
        }
        guard let parent = fields(ofProcess: session)?[1], let postmaster = Int(parent) else {
            return Server(postmaster: 0)
        }
        return Server(postmaster: postmaster)
    }

    /// Of the postmaster, the children it has, and those it had; in milliseconds, 0 where there is no /proc.
    ///
    /// A child that ends while the processes are read is missing, so they are read several times: time only grows.
    func processorTime() -> Double { (0..<3).map { _ in readProcessorTime() }.max() ?? 0 }

    private func readProcessorTime() -> Double {
        guard postmaster > 0 else { return 0 }
        var ticks = 0
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let process = Int(name), let fields = Self.fields(ofProcess: process), fields.count > 14 else {
                continue
            }
            // Behind the name: state, parent, …, utime, stime, cutime, cstime.
            if process == postmaster {
                ticks += fields[11...14].compactMap { Int($0) }.reduce(0, +)
            } else if fields[1] == "\(postmaster)" {
                ticks += fields[11...12].compactMap { Int($0) }.reduce(0, +)
            }
        }
        return Double(ticks) * 1000 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func fields(ofProcess process: Int) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        return text[text.index(after: name)...].split(separator: " ")
    }
}
