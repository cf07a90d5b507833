import Foundation

/// What this process holds of the machine, as Linux tells; nil elsewhere.
enum ProcessProbe {
    /// The memory that the process occupies, in bytes.
    static var residentMemory: Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
        else { return nil }
        return line.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 }
    }

    /// The open descriptors that are connected to this port of 127.0.0.1.
    static func descriptors(connectedTo port: UInt16) -> Int? {
        guard let table = try? String(contentsOfFile: "/proc/self/net/tcp", encoding: .utf8),
            let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        else { return nil }
        let remote = String(format: ":%04X", Int(port))
        var inodes: Set<Substring> = []
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            if fields.count > 9, fields[2].hasSuffix(remote), fields[9] != "0" { inodes.insert(fields[9]) }
        }
        return names.count { name in
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"),
                target.hasPrefix("socket:[")
            else { return false }
            return inodes.contains(target.dropFirst("socket:[".count).dropLast())
        }
    }
}
