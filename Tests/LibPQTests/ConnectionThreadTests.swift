import LibPQ
import Testing

@Suite("The thread of a connection")
struct ConnectionThreadTests {
    @Test("a task that prefers it runs there, one job at a time, and leaves again")
    func isCurrent() async throws {
        let thread = try ConnectionThread.start()
        defer { thread.stop() }
        #expect(!thread.isCurrent)
        await withTaskExecutorPreference(thread) {
            #expect(thread.isCurrent)
            await nested(thread)
            #expect(thread.jobCount == 1)
        }
        #expect(!thread.isCurrent)
    }

    private func nested(_ thread: ConnectionThread) async { #expect(thread.isCurrent) }

    @Test("a task that waits does not keep others from running there")
    func interleaving() async throws {
        let thread = try ConnectionThread.start()
        defer { thread.stop() }
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        async let first: Int? = withTaskExecutorPreference(thread) {
            var iterator = stream.makeAsyncIterator()
            return await iterator.next()
        }
        await withTaskExecutorPreference(thread) { _ = continuation.yield(7) }
        #expect(await first == 7)
    }
}
