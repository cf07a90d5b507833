import Foundation
import Testing

/// What the server may do on the machine it runs on.
@Suite(.serialized, .ownThread)
struct PrivilegeTests {
    @Test(
        "started by root, no thread of the server is root, and it does all its work as the user of PostgreSQL",
        .enabled(if: geteuid() == 0, "only root has rights to give up"))
    func notRoot() async throws {
        let team = try Stage.smallTeam("rights")
        defer { team.end() }
        let clone = try team.clone("rights", user: "bob", device: "laptop")
        _ = try clone.annotate("harbour", "--label", "LOC", "--quote", "Valbruck", "--occurrence", "1")
        try clone.sync(codes: [0])
        let postgres = try #require(getpwnam("postgres")).pointee.pw_uid
        let threads = "/proc/\(team.server.processID)/task"
        let users = try FileManager.default.contentsOfDirectory(atPath: threads).flatMap { thread in
            let status = try String(contentsOfFile: "\(threads)/\(thread)/status", encoding: .utf8)
            return status.split(separator: "\n").first { $0.hasPrefix("Uid:") }?.split(separator: "\t").dropFirst()
                ?? []
        }
        #expect(users.count >= 8)
        #expect(users.allSatisfy { $0 == String(postgres) }, "\(Set(users))")
    }
}
