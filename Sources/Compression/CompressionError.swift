/// Why a compressed stream could not be read or written.
package struct CompressionError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The bytes are no such stream, or its checksum is wrong.
        case corrupt
        /// The stream ends before its end.
        case truncated
        /// More comes out of it than the reader may take.
        case tooLarge(limit: Int)
        case noMemory
    }

    package var code: Code
    /// How many compressed bytes had been read.
    package var offset: Int

    package init(_ code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }

    package var description: String {
        switch code {
        case .corrupt: "the gzip stream is damaged near byte \(offset)"
        case .truncated: "the gzip stream ends too early, after \(offset) bytes"
        case .tooLarge(let limit): "more than \(limit) bytes come out of the gzip stream"
        case .noMemory: "there is no memory to go on with the gzip stream"
        }
    }
}
