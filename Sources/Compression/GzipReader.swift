import CZlib

/// Reads a gzip stream piece by piece, and never gives out more than it may.
///
/// Memory is bounded by the size of one piece: what went in is inflated on demand. Members one after another are read
/// as one stream, as gzip itself does. Not for use by two tasks at once.
package final class GzipReader {
    /// Bytes given out at once at most.
    package static let pieceBytes = 64 * 1024

    private let stream: UnsafeMutablePointer<z_stream>
    private let limit: Int
    private var pending: [UInt8] = []
    private var position = 0
    private var consumed = 0
    private var produced = 0
    /// Between members: the end of the stream may come.
    private var isAtEnd = false

    /// - Parameter limit: how many bytes may come out in all.
    package init(limit: Int = .max) throws(CompressionError) {
        self.limit = limit
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 31: the largest window, and gzip's header only.
        guard inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw CompressionError(.noMemory, offset: 0)
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Takes in the next compressed bytes; to be called when `next` has given all of the last ones.
    package func feed(_ bytes: some Sequence<UInt8>) {
        if position == pending.count {
            pending.removeAll(keepingCapacity: true)
            position = 0
        }
        pending.append(contentsOf: bytes)
    }

    /// The next inflated bytes, or nil when there must be more input first.
    package func next() throws(CompressionError) -> [UInt8]? {
        while position < pending.count || isStuffed {
            if isAtEnd {
                guard inflateReset(stream) == Z_OK else { throw CompressionError(.corrupt, offset: consumed) }
                isAtEnd = false
            }
            let piece = try inflatePiece()
            guard produced <= limit else { throw CompressionError(.tooLarge(limit: limit), offset: consumed) }
            if !piece.isEmpty { return piece }
        }
        return nil
    }

    /// Says that there is no more input. Throws when the stream is not at its end.
    package func finish() throws(CompressionError) {
        guard isAtEnd, position == pending.count else { throw CompressionError(.truncated, offset: consumed) }
    }

    /// Whether zlib may hold output that did not fit the last piece.
    private var isStuffed = false

    private func inflatePiece() throws(CompressionError) -> [UInt8] {
        let available = pending.count - position
        var result = Z_OK
        let room = min(Self.pieceBytes, limit == .max ? Self.pieceBytes : max(1, limit - produced + 1))
        let piece = [UInt8](unsafeUninitializedCapacity: room) { output, count in
            pending.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress.map { $0 + position }
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(room)
                result = inflate(stream, Z_NO_FLUSH)
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
            }
            count = room - Int(stream.pointee.avail_out)
        }
        let taken = available - Int(stream.pointee.avail_in)
        position += taken
        consumed += taken
        produced += piece.count
        isStuffed = piece.count == room && result == Z_OK
        switch result {
        case Z_OK: break
        case Z_STREAM_END: isAtEnd = true
        case Z_BUF_ERROR: isStuffed = false
        case Z_MEM_ERROR: throw CompressionError(.noMemory, offset: consumed)
        default: throw CompressionError(.corrupt, offset: consumed)
        }
        return piece
    }
}
