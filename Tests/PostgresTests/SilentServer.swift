#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A socket that listens and never says a word.
struct SilentServer {
    let port: UInt16
    private let socket: Int32

    struct Failed: Error {
        let errno: Int32
    }

    init() throws {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        socket = Self.open(stream)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        let outcome = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && listen(socket, 8) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        guard socket >= 0, outcome else { throw Failed(errno: errno) }
        port = UInt16(bigEndian: address.sin_port)
    }

    func close() { Self.close(socket) }

    private static func open(_ stream: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.socket(AF_INET, stream, 0)
        #else
            Darwin.socket(AF_INET, stream, 0)
        #endif
    }

    private static func close(_ socket: Int32) {
        #if canImport(Glibc)
            _ = Glibc.close(socket)
        #else
            _ = Darwin.close(socket)
        #endif
    }
}
