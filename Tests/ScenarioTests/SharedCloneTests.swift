import Dispatch
import Foundation
import JSONText
import Postgres
import Synchronization
import Testing

/// One clone, several terminals.
@Suite(.serialized, .ownThread)
struct SharedCloneTests {
    @Test("several processes on one clone lose nothing: all they make at once is numbered, pushed once, and seen")
    func together() async throws {
        let team = try Stage.smallTeam("terminals")
        defer { team.end() }
        let clone = try team.clone("terminals", user: "bob", device: "laptop")
        let directory = clone.directory
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            for n in 0..<5 {
                let start = worker * 20 + n
                let arguments =
                    worker == 0
                    ? ["sync"] : ["annotate", "harbour", "--label", "MISC", "--span", "\(start):\(start + 3)"]
                do {
                    let outcome = try Program.client.run(arguments, in: directory)
                    if outcome.exitCode != 0 { failures.withLock { $0.append(outcome.standardError) } }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(failures.withLock { $0 } == [])
        try clone.sync(codes: [0])
        let status = try clone.json("status")
        #expect(status["pending"]?.intValue == 0)
        let numbers = try clone.json("log").arrayValue?.compactMap { $0["n"]?.intValue }.sorted()
        #expect(numbers == Array(1...15))
        let truth = try await Truth.connect(team.server.dataDirectory)
        let expected = try await truth.annotations("terminals")
        await truth.client.close()
        #expect(expected.count == 15)
        let seen = try annotationLines(try clone.json("annotations"))
        #expect(seen == expected)
    }
}
