extension Session {
    /// Connects, waiting until the deadline, or until woken.
    ///
    /// Among several hosts each gets an equal share of the time. libpq goes on to the next one by itself when a host
    /// refuses, but not when it is silent: then the connection is begun again with the hosts that are left.
    package static func connect(
        _ parameters: [(keyword: String, value: String)], until deadline: ContinuousClock.Instant,
        sendsCancelRequests: Bool = true, wakeup: Wakeup? = nil, onNotice: @escaping @Sendable (Diagnostics) -> Void
    ) throws(LibPQError) -> Session {
        var hosts: HostList?
        while true {
            let all = parameters + (hosts?.parameters ?? [])
            let handle = try ConnectionHandle(starting: all, onNotice: onNotice)
            let list = hosts ?? HostList(of: handle)
            if try finish(handle, among: list.count, until: deadline, wakeup) {
                guard handle.setNonBlocking() else { throw LibPQError(.connectFailed, handle.errorMessage) }
                return Session(handle, Interrupter(cancel: sendsCancelRequests ? handle.makeCancel() : nil))
            }
            guard let rest = list.without(host: handle.host, port: handle.port) else {
                throw LibPQError(.connectTimedOut, "no connection within the time allowed")
            }
            hosts = rest
        }
    }

    /// Waits until the connection is made. False when the present host is silent and others are left.
    private static func finish(
        _ handle: ConnectionHandle, among hosts: Int, until deadline: ContinuousClock.Instant, _ wakeup: Wakeup?
    ) throws(LibPQError) -> Bool {
        let share = ContinuousClock.now.duration(to: deadline) / max(hosts, 1)
        var socket = handle.socket
        var limit = hosts > 1 ? min(deadline, .now.advanced(by: share)) : deadline
        var step = ConnectionHandle.ConnectStep.writing
        while step != .ready {
            // libpq may have moved on to another address, and so to another socket.
            if hosts > 1, handle.socket != socket {
                socket = handle.socket
                limit = min(deadline, .now.advanced(by: share))
            }
            switch SocketWaiter.wait(
                handle.socket, for: step == .reading ? .read : .write, until: limit, wakeup: wakeup)
            {
            case .ready: break
            case .timedOut where limit < deadline: return false
            case .timedOut: throw LibPQError(.connectTimedOut, "no connection within the time allowed")
            case .woken: throw LibPQError(.interrupted, "given up")
            case .broken: throw LibPQError(.connectFailed, handle.errorMessage)
            }
            step = handle.pollConnect()
            if step == .failed { throw LibPQError(.connectFailed, handle.errorMessage) }
        }
        return true
    }
}

/// The hosts of a connection string, as libpq's three parallel lists.
struct HostList {
    private var hosts: [String]
    private var addresses: [String]
    private var ports: [String]

    init(of handle: ConnectionHandle) {
        self.init(hosts: handle.option("host"), addresses: handle.option("hostaddr"), ports: handle.option("port"))
    }

    init(hosts: String?, addresses: String?, ports: String?) {
        func list(_ text: String?) -> [String] {
            guard let text, !text.isEmpty else { return [] }
            return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        (self.hosts, self.addresses, self.ports) = (list(hosts), list(addresses), list(ports))
    }

    var count: Int { max(hosts.count, addresses.count) }

    /// The others; nil when there are none, or when it is not in the list.
    func without(host: String, port: String) -> HostList? {
        guard count > 1 else { return nil }
        let found = (0..<count).first { index in
            let name = index < hosts.count && !hosts[index].isEmpty ? hosts[index] : Self.element(addresses, index)
            return name == host && (self.port(index).isEmpty || self.port(index) == port)
        }
        guard let found else { return nil }
        var rest = self
        if found < hosts.count { rest.hosts.remove(at: found) }
        if found < addresses.count { rest.addresses.remove(at: found) }
        if ports.count > 1, found < ports.count { rest.ports.remove(at: found) }
        return rest
    }

    /// libpq's keywords for this list.
    var parameters: [(keyword: String, value: String)] {
        [("host", hosts), ("hostaddr", addresses), ("port", ports)].compactMap { keyword, list in
            list.isEmpty ? nil : (keyword: keyword, value: list.joined(separator: ","))
        }
    }

    /// One port alone holds for all hosts.
    private func port(_ index: Int) -> String { ports.count == 1 ? ports[0] : Self.element(ports, index) }

    private static func element(_ list: [String], _ index: Int) -> String { index < list.count ? list[index] : "" }
}
