import CZlib

/// Writes a gzip stream piece by piece. Not for use by two tasks at once.
package final class GzipWriter {
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter level: 1 (fast) to 9 (small).
    package init(level: Int = 5) throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let result = deflateInit2_(
            stream, Int32(min(max(level, 1), 9)), Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard result == Z_OK else { throw CompressionError(.noMemory, offset: 0) }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Compresses the bytes. With `flush` the reader can inflate all that was written so far from what has come out.
    package func write(_ bytes: UnsafeRawBufferPointer, flush: Bool = false) -> [UInt8] {
        deflateAll(bytes, flush ? Z_SYNC_FLUSH : Z_NO_FLUSH)
    }

    /// Compresses the bytes. With `flush` the reader can inflate all that was written so far from what has come out.
    package func write(_ bytes: [UInt8], flush: Bool = false) -> [UInt8] {
        bytes.withUnsafeBytes { write($0, flush: flush) }
    }

    /// The end of the stream; nothing may be written after it.
    package func finish() -> [UInt8] {
        deflateAll(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH)
    }

    private func deflateAll(_ bytes: UnsafeRawBufferPointer, _ flush: Int32) -> [UInt8] {
        var result: [UInt8] = []
        let input = bytes.bindMemory(to: UInt8.self)
        // zlib's input is not const in its type, and is not written to.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        let room = max(1024, min(64 * 1024, input.count / 4 + 64))
        while true {
            let piece = [UInt8](unsafeUninitializedCapacity: room) { output, count in
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(room)
                // It cannot fail: the state is our own, and without room it says so and goes on at the next call.
                _ = deflate(stream, flush)
                count = room - Int(stream.pointee.avail_out)
            }
            result += piece
            if piece.count < room { break }
        }
        stream.pointee.next_in = nil
        stream.pointee.next_out = nil
        return result
    }
}
