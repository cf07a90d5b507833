#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Blocking TCP sockets of 127.0.0.1, as little of them as the tests need. Programs that are started do not inherit them.
enum LocalSocket {
    struct Failed: Error {
        let errno: Int32
    }

    /// A socket that listens on a free port.
    static func listen() throws -> (socket: Int32, port: UInt16) {
        let listener = make()
        var address = address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && systemListen(listener)
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard listener >= 0, isListening else { throw Failed(errno: errno) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// A port that nobody listens on, for a server that is about to start.
    static func freePort() throws -> UInt16 {
        let (socket, port) = try listen()
        close(socket)
        return port
    }

    static func accept(_ listener: Int32) -> Int32? {
        while true {
            let socket = systemAccept(listener)
            if socket >= 0 { return prepare(socket) }
            if errno != EINTR && errno != ECONNABORTED { return nil }
        }
    }

    static func connect(to port: UInt16) -> Int32? {
        let socket = make()
        var address = address(port: port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                systemConnect(socket, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isConnected { return prepare(socket) }
        close(socket)
        return nil
    }

    /// Reads what is there, waiting for the first byte; 0 and less at the end.
    static func read(_ socket: Int32, into buffer: inout [UInt8]) -> Int {
        buffer.withUnsafeMutableBytes { buffer in
            while true {
                let count = recv(socket, buffer.baseAddress, buffer.count, 0)
                if count >= 0 || errno != EINTR { return count }
            }
        }
    }

    /// Writes all; false when the other side is gone.
    static func write(_ socket: Int32, _ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = send(socket, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, noSignal)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Ends both directions; who waits on the socket wakes up. The descriptor stays.
    static func shutDown(_ socket: Int32) { _ = shutdown(socket, Int32(SHUT_RDWR)) }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func prepare(_ socket: Int32) -> Int32 {
        var on: Int32 = 1
        _ = setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        return socket
    }

    #if canImport(Glibc)
        private static let noSignal = Int32(MSG_NOSIGNAL)
        private static func make() -> Int32 {
            socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        }
        static func close(_ socket: Int32) { _ = Glibc.close(socket) }
        private static func systemListen(_ socket: Int32) -> Bool { Glibc.listen(socket, 128) == 0 }
        private static func systemAccept(_ socket: Int32) -> Int32 { Glibc.accept(socket, nil, nil) }
        private static func systemConnect(
            _ socket: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t
        ) -> Int32 { Glibc.connect(socket, address, length) }
    #else
        private static let noSignal: Int32 = 0
        private static func make() -> Int32 { socket(AF_INET, SOCK_STREAM, 0) }
        static func close(_ socket: Int32) { _ = Darwin.close(socket) }
        private static func systemListen(_ socket: Int32) -> Bool { Darwin.listen(socket, 128) == 0 }
        private static func systemAccept(_ socket: Int32) -> Int32 { Darwin.accept(socket, nil, nil) }
        private static func systemConnect(
            _ socket: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t
        ) -> Int32 { Darwin.connect(socket, address, length) }
    #endif
}
