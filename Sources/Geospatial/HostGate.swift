internal import CGDAL
internal import Glibc
internal import Synchronization

/// The only way from GDAL to other machines: requests reach the hosts that were named, whatever a server answers.
///
/// GDAL goes wherever a server sends it on to, and has no option against that. So its requests pass through a proxy in
/// this process (SOCKS 5, RFC 1928) that connects to allowed hosts only, and opens before none is allowed to nobody. It
/// sees names and ports; what is said between GDAL and a server, encrypted or not, it hands on unread. Where whoever
/// starts the program has set a proxy of their own, that one decides instead.
public enum HostGate {
    /// Who may be asked.
    struct Guests {
        var rules: Set<String> = []
        /// What the program asks by itself: ports by host.
        var asked: [String: Set<UInt16>] = [:]

        func includes(_ host: String, port: UInt16) -> Bool {
            if rules.contains(where: { allows($0, host: host) }) { return true }
            // Many a host sends on from http to https.
            return asked[host].map { $0.contains(port) || port == 443 } ?? false
        }
    }

    private struct State {
        var guests = Guests()
        var isOpen = false
        /// Hosts to which nobody was let, in the order of asking.
        var refused: [String] = []
    }

    private static let state = Mutex(State())

    /// Lets servers send on to a host.
    /// - Parameter rule: `example.org`, `*.example.org` for all below it, or `*` for any.
    public static func allow(_ rule: String) {
        GDALLibrary.started
        state.withLock { state in
            state.guests.rules.insert(rule.lowercased())
            open(&state)
        }
    }

    /// Lets a request pass that this program makes itself.
    /// - Parameter url: An http or https URL, or a path of GDAL's that holds one.
    static func allow(whatIsAskedBy url: String) {
        GDALLibrary.started
        guard let authority = RemoteHosts.authority(of: url)?.lowercased(), !authority.isEmpty else { return }
        let isSecure = url.lowercased().contains("https://")
        // An address of IP version 6 stands in brackets, for its colons.
        let end = authority.lastIndex(of: "]") ?? authority.startIndex
        let colon = authority[end...].firstIndex(of: ":")
        let port = colon.flatMap { UInt16(authority[authority.index(after: $0)...]) } ?? (isSecure ? 443 : 80)
        let host = authority[..<(colon ?? authority.endIndex)].trimmingPrefix("[").prefix { $0 != "]" }
        state.withLock { state in
            state.guests.asked[String(host), default: []].insert(port)
            open(&state)
        }
    }

    /// Whether a rule is for a host.
    /// - Parameters:
    ///   - rule: In lower case, as for `allow`.
    ///   - host: In lower case, without a port.
    public static func allows(_ rule: String, host: String) -> Bool {
        if rule == "*" { return true }
        return rule.hasPrefix("*.") ? host.hasSuffix(rule.dropFirst(1)) : rule == host
    }

    /// How many requests were not let pass so far.
    static var refusalCount: Int { state.withLock { $0.refused.count } }

    /// What to say of a failure since which one was not let pass; nil where all were.
    static func refusal(since count: Int) -> String? {
        state.withLock { $0.refused.dropFirst(count).last }.map(refusal)
    }

    private static func refusal(_ host: some StringProtocol) -> String {
        "the server sends on to the host \(host), which is not allowed. Add it to scenes.allowedHosts"
    }

    private static func open(_ state: inout State) {
        guard !state.isOpen else { return }
        state.isOpen = true
        guard !hasProxyOfItsOwn, let listener = Listener(), let port = listener.port, listener.serve() else { return }
        setProxy("socks5h://127.0.0.1:\(port)", password: listener.password)
    }

    // MARK: GDAL's side

    private static let proxies = ["GDAL_HTTP_PROXY", "GDAL_HTTPS_PROXY"]
    private static let proxiesOfCurl = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]

    /// Set once, before the gate sets its own.
    private static let hasProxyOfItsOwn: Bool =
        proxies.contains { unsafe CPLGetConfigOption($0, nil) != nil }
        || proxiesOfCurl.contains { unsafe getenv($0) != nil }

    /// Until a host is allowed there is no way out: of GDAL's start.
    static func close() {
        guard !hasProxyOfItsOwn else { return }
        // Without a proxy of their own these only name hosts that would be asked past the gate.
        for name in ["no_proxy", "NO_PROXY"] { unsafe unsetenv(name) }
        setProxy("socks5h://127.0.0.1:1", password: "")
    }

    private static func setProxy(_ address: String, password: String) {
        for option in proxies { unsafe CPLSetConfigOption(option, address) }
        unsafe CPLSetConfigOption("GDAL_HTTP_PROXYUSERPWD", password.isEmpty ? nil : "gate:\(password)")
    }

    /// What curl says of a connection that this proxy did not make, in words that say why.
    static func explained(_ message: String) -> String {
        guard message.contains("SOCKS5 connection") else { return message }
        return message.replacing(/(?:Can't|cannot) complete SOCKS5 connection to (\S+?)\. \((\d+)\)/) { match in
            let host = match.output.1
            return switch Answer(rawValue: UInt8(match.output.2) ?? 0) {
            case .notAllowed: refusal(host)
            case .noHost: "Could not resolve host: \(host)"
            case .refused: "Failed to connect to \(host): Connection refused"
            default: "Failed to connect to \(host)"
            }
        }
    }

    // MARK: The proxy

    /// Replies of RFC 1928.
    private enum Answer: UInt8 {
        case done = 0
        case notAllowed = 2
        case noNetwork = 3
        case noHost = 4
        case refused = 5
        case unknownCommand = 7
        case unknownAddress = 8
    }

    /// Of a thread that hands bytes on, or looks a name up.
    private static let stackBytes = 512 << 10

    /// Where GDAL knocks: a port of this machine's own, and a password, since others work on this machine too.
    private final class Listener: Sendable {
        let password: String
        private let socket: Int32

        init?() {
            var generator = SystemRandomNumberGenerator()
            password = (0..<4).map { _ in String(generator.next(), radix: 36) }.joined()
            socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard socket >= 0 else { return nil }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let isBound = unsafe withUnsafeBytes(of: &address) { bytes in
                unsafe bind(socket, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
                    == 0
            }
            guard isBound, listen(socket, 64) == 0 else {
                Glibc.close(socket)
                return nil
            }
        }

        /// The port that the system chose.
        var port: UInt16? {
            var address = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let code = unsafe withUnsafeMutableBytes(of: &address) { bytes in
                unsafe getsockname(socket, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), &size)
            }
            return code == 0 ? UInt16(bigEndian: address.sin_port) : nil
        }

        /// Takes connections until the program ends, each on a thread of its own.
        func serve() -> Bool {
            DetachedThread.start(stackBytes: stackBytes) { [self] in
                while true {
                    let client = accept(socket, nil, nil)
                    guard client >= 0 else {
                        // Too many files are open: some will be closed.
                        usleep(10_000)
                        continue
                    }
                    _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                    let isStarted = DetachedThread.start(stackBytes: stackBytes) { [password] in
                        handle(Connection(client), password: password)
                    }
                    if !isStarted { Glibc.close(client) }
                }
            }
        }
    }

    private static func handle(_ client: Connection, password: String) {
        guard client.greet(password: password), let target = client.request() else { return }
        guard state.withLock({ $0.guests.includes(target.host, port: target.port) }) else {
            state.withLock { $0.refused.append(target.host) }
            return client.reply(.notAllowed)
        }
        switch Connection.open(target.host, port: target.port) {
        case .success(let server):
            client.reply(.done)
            client.relay(to: server)
        case .failure(.timedOut):
            // Curl has its own patience, and asks again where it was the network's fault.
            client.waitForEnd()
        case .failure(.failed(let answer)): client.reply(answer)
        }
    }

    /// One end of what passes the gate.
    private final class Connection: Sendable {
        enum Failure: Error {
            case timedOut
            case failed(Answer)
        }

        private let socket: Int32

        init(_ socket: Int32) { self.socket = socket }
        deinit { Glibc.close(socket) }

        /// Connects to a host, trying its addresses in turn.
        static func open(_ host: String, port: UInt16) -> Result<Connection, Failure> {
            var hints = unsafe addrinfo()
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            unsafe hints.ai_flags = AI_ADDRCONFIG
            var list: UnsafeMutablePointer<addrinfo>?
            guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0 else { return .failure(.failed(.noHost)) }
            defer { unsafe freeaddrinfo(list) }
            var failure = Failure.failed(.noNetwork)
            var next = unsafe list
            while let address = unsafe next?.pointee {
                unsafe next = address.ai_next
                let socket = unsafe Glibc.socket(
                    address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), address.ai_protocol)
                guard socket >= 0 else { continue }
                let connection = Connection(socket)
                // How long to wait for one address; it holds for sending too, which `relay` does not wait for.
                var patience = timeval(tv_sec: 20, tv_usec: 0)
                unsafe setsockopt(
                    socket, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
                if unsafe connect(socket, address.ai_addr, address.ai_addrlen) == 0 { return .success(connection) }
                failure =
                    switch errno {
                    case ECONNREFUSED: .failed(.refused)
                    case EINPROGRESS, ETIMEDOUT: .timedOut
                    default: .failed(.noNetwork)
                    }
            }
            return .failure(failure)
        }

        // MARK: What a client says first

        /// Agrees on a password (RFC 1929) and compares it.
        func greet(password: String) -> Bool {
            guard let head = read(2), head[0] == 5, let methods = read(Int(head[1])), methods.contains(2) else {
                write([5, 0xFF])
                return false
            }
            write([5, 2])
            guard let version = read(2), version[0] == 1, read(Int(version[1])) != nil, let length = read(1),
                let given = read(Int(length[0]))
            else { return false }
            let isRight = given == Array(password.utf8)
            write([1, isRight ? 0 : 1])
            return isRight
        }

        /// The host, in lower case, and port to connect to.
        func request() -> (host: String, port: UInt16)? {
            guard let head = read(4), head[0] == 5 else { return nil }
            guard head[1] == 1 else {
                reply(.unknownCommand)
                return nil
            }
            let host: String?
            switch head[3] {
            case 1: host = read(4).map { $0.map(String.init).joined(separator: ".") }
            case 3: host = read(1).flatMap { read(Int($0[0])) }.map { String(decoding: $0, as: UTF8.self).lowercased() }
            case 4: host = read(16).flatMap(Self.text)
            default:
                reply(.unknownAddress)
                return nil
            }
            guard let host, let port = read(2) else { return nil }
            return (host.hasSuffix(".") ? String(host.dropLast()) : host, UInt16(port[0]) << 8 | UInt16(port[1]))
        }

        /// An address of IP version 6 as it is written.
        private static func text(ofIPv6 bytes: [UInt8]) -> String? {
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard unsafe inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return nil }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        func reply(_ answer: Answer) { write([5, answer.rawValue, 0, 1, 0, 0, 0, 0, 0, 0]) }

        // MARK: Bytes

        private func read(_ count: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            var done = 0
            while done < count {
                let got = unsafe bytes.withUnsafeMutableBytes {
                    unsafe recv(socket, $0.baseAddress! + done, count - done, 0)
                }
                guard got > 0 else { return nil }
                done += got
            }
            return bytes
        }

        @discardableResult private func write(_ bytes: [UInt8]) -> Bool {
            var done = 0
            while done < bytes.count {
                let sent = unsafe bytes.withUnsafeBytes {
                    unsafe send(socket, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { return false }
                done += sent
            }
            return true
        }

        func waitForEnd() { _ = read(1) }

        /// Hands on what each side says until both have ended.
        func relay(to server: Connection) {
            var sides = [
                pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server.socket, events: Int16(POLLIN), revents: 0),
            ]
            let ends = [(from: self, to: server), (from: server, to: self)]
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            while sides.contains(where: { $0.fd >= 0 }) {
                guard unsafe poll(&sides, 2, -1) > 0 else { return }
                for (index, end) in ends.enumerated() where sides[index].revents != 0 {
                    let count = unsafe recv(end.from.socket, &bytes, bytes.count, 0)
                    if count > 0 {
                        guard end.to.write(Array(bytes[0..<count])) else { return }
                    } else {
                        guard count == 0 else { return }
                        sides[index].fd = -1
                        Glibc.shutdown(end.to.socket, Int32(SHUT_WR))
                    }
                }
            }
        }
    }
}
