import Compression
import Foundation
import Testing

@Suite("gzip streams")
struct GzipTests {
    /// All that comes out of a stream fed in pieces of `step` bytes.
    private func inflate(_ bytes: [UInt8], step: Int, limit: Int = .max) throws -> [UInt8] {
        let reader = try GzipReader(limit: limit)
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: step) {
            reader.feed(bytes[start..<min(start + step, bytes.count)])
            while let piece = try reader.next() {
                #expect(piece.count <= GzipReader.pieceBytes)
                result += piece
            }
        }
        try reader.finish()
        return result
    }

    private func deflate(_ bytes: [UInt8], step: Int, flush: Bool = false) throws -> [UInt8] {
        let writer = try GzipWriter()
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: step) {
            result += writer.write(Array(bytes[start..<min(start + step, bytes.count)]), flush: flush)
        }
        return result + writer.finish()
    }

    private var samples: [[UInt8]] {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return [
            [], [0], Array("Mānicule ☞ ".utf8), Array(repeating: 0x61, count: 3_000_000), noise,
            Array((0..<60_000).map { "line \($0)\n" }.joined().utf8),
        ]
    }

    @Test("what was written is read again, however the stream is cut, and gzip reads it too")
    func roundTrips() throws {
        for sample in samples {
            for step in [1, 7, 1000, 65_536, 10_000_000] where sample.count / step < 400_000 {
                let bytes = try deflate(sample, step: max(step, 100))
                #expect(try inflate(bytes, step: step) == sample, "\(sample.count) bytes by \(step)")
            }
        }
        #expect(try command("gunzip", ["-c"], input: try deflate(samples[5], step: 4096)) == samples[5])
        #expect(try inflate(try command("gzip", ["-9", "-c"], input: samples[5]), step: 999) == samples[5])
    }

    @Test("members one after another are one stream")
    func members() throws {
        let bytes = try deflate(Array("one ".utf8), step: 10) + deflate(Array("two".utf8), step: 10)
        for step in [1, 5, 1000] {
            #expect(String(decoding: try inflate(bytes, step: step), as: UTF8.self) == "one two")
        }
    }

    @Test("after a flush the reader has all that was written")
    func flushes() throws {
        let writer = try GzipWriter()
        let reader = try GzipReader()
        for round in 0..<100 {
            let line = Array("line \(round) \(String(repeating: "x", count: round * 40))\n".utf8)
            reader.feed(writer.write(line, flush: true))
            var read: [UInt8] = []
            while let piece = try reader.next() { read += piece }
            #expect(read == line)
        }
        reader.feed(writer.finish())
        #expect(try reader.next() == nil)
        try reader.finish()
    }

    @Test("a bomb is stopped at the limit, and one byte less passes")
    func bomb() throws {
        let bytes = try deflate(Array(repeating: 0, count: 20_000_000), step: 1_000_000)
        #expect(bytes.count < 100_000)
        #expect(throws: CompressionError.self) { try inflate(bytes, step: 1000, limit: 1_000_000) }
        do {
            _ = try inflate(bytes, step: 1000, limit: 19_999_999)
            Issue.record("one byte too many passed")
        } catch let error as CompressionError {
            #expect(error.code == .tooLarge(limit: 19_999_999))
        }
        #expect(try inflate(bytes, step: 1000, limit: 20_000_000).count == 20_000_000)
    }

    @Test("a damaged or cut stream is an error at every place, and never a crash")
    func damage() throws {
        let sample = Array("The quick brown fox jumps over the lazy dog, again and again and again.".utf8)
        let bytes = try deflate(sample, step: 1000)
        for length in 0..<bytes.count {
            #expect(throws: CompressionError.self, "\(length)") {
                _ = try inflate(Array(bytes[..<length]), step: 8)
            }
        }
        var found = 0
        for index in bytes.indices {
            var broken = bytes
            broken[index] ^= 0x55
            do {
                // The header's time, system and flags of no consequence may change.
                let read = try inflate(broken, step: 16)
                #expect(read == sample)
            } catch is CompressionError {
                found += 1
            }
        }
        #expect(found > bytes.count / 2)
        #expect(throws: CompressionError.self) { _ = try inflate(bytes + [1, 2, 3], step: 1000) }
    }

    private func command(_ name: String, _ arguments: [String], input: [UInt8]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(input).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        process.standardInput = try FileHandle(forReadingFrom: file)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return [UInt8](output)
    }
}
