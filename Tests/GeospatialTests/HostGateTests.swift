import Foundation
import Glibc
import Testing

@testable import Geospatial

struct HostGateTests {
    /// A web server for one address of this machine; what it was asked for, and where it sends on to.
    private final class Server: @unchecked Sendable {
        let url: String
        private let socket: Int32
        private let lock = NSLock()
        private var paths: [String] = []

        var asked: [String] { lock.withLock { paths } }

        /// - Parameter sendsTo: The URL that answers name instead of giving a file.
        init(_ host: String, sendsTo: String? = nil) throws {
            socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            try #require(unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1)
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let socket = socket
            let isOpen = unsafe withUnsafeMutableBytes(of: &address) { bytes in
                let start = unsafe bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
                return unsafe bind(socket, start, size) == 0 && listen(socket, 8) == 0
                    && getsockname(socket, start, &size) == 0
            }
            try #require(isOpen)
            url = "http://\(host):\(UInt16(bigEndian: address.sin_port))"
            Thread.detachNewThread { [self] in
                while case let client = accept(socket, nil, nil), client >= 0 {
                    var bytes = [UInt8](repeating: 0, count: 4096)
                    let count = unsafe recv(client, &bytes, bytes.count, 0)
                    let words = String(decoding: bytes[0..<max(count, 0)], as: UTF8.self).split(separator: " ")
                    lock.withLock { paths.append(words.count > 1 ? String(words[1]) : "") }
                    let body = words.first == "HEAD" ? "" : "hello"
                    let answer =
                        sendsTo.map { "HTTP/1.1 302 Found\r\nLocation: \($0)\r\nContent-Length: 0\r\n" }
                        ?? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                    let text = answer + "Connection: close\r\n\r\n" + (sendsTo == nil ? body : "")
                    unsafe Array(text.utf8).withUnsafeBytes { bytes in
                        _ = unsafe send(client, bytes.baseAddress!, bytes.count, Int32(MSG_NOSIGNAL))
                    }
                    close(client)
                }
            }
        }
    }

    private func text(_ url: String) throws -> String {
        String(decoding: try VirtualFile.read(url, maximumByteCount: 100), as: UTF8.self)
    }

    @Test func aServerThatIsAskedAnswers() throws {
        let server = try Server("127.0.0.1")
        #expect(try text(server.url + "/a") == "hello")
        #expect(server.asked.contains("/a"))
    }

    /// That nobody is sent on to another host is shown by Tests/Faults/remote: of a process the gate is one, and other
    /// tests allow any host.
    @Test func onlyWhoIsNamedMayBeAsked() {
        var guests = HostGate.Guests()
        #expect(!guests.includes("example.org", port: 80))
        guests.asked["example.org"] = [8080]
        #expect(guests.includes("example.org", port: 8080) && guests.includes("example.org", port: 443))
        #expect(!guests.includes("example.org", port: 22) && !guests.includes("a.example.org", port: 8080))
        guests.rules = ["*.example.net", "127.0.0.1"]
        #expect(guests.includes("a.example.net", port: 22) && guests.includes("127.0.0.1", port: 9))
        #expect(!guests.includes("example.net", port: 80) && !guests.includes("127.0.0.11", port: 80))
    }

    @Test func anAllowedHostMayBeSentOnTo() throws {
        let other = try Server("127.0.0.22")
        let server = try Server("127.0.0.1", sendsTo: other.url + "/b")
        HostGate.allow("127.0.0.22")
        #expect(try text(server.url + "/a") == "hello")
        #expect(other.asked == ["/b"])
    }

    @Test func aHostThatIsNotThereIsToldAsCurlTellsIt() throws {
        func open(_ url: String) throws { _ = try RasterFile(path: "/vsicurl/" + url) }
        let gone = #expect(throws: GeospatialError.self) { try open("http://127.0.0.1:9/a") }
        #expect(gone?.message.contains("127.0.0.1: Connection refused") == true, "\(gone?.message ?? "")")
        let unknown = #expect(throws: GeospatialError.self) { try open("http://none.invalid/a") }
        #expect(unknown?.message.contains("Could not resolve host: none.invalid") == true, "\(unknown?.message ?? "")")
    }

    @Test(arguments: [
        ("*", "example.org", true), ("example.org", "example.org", true), ("example.org", "a.example.org", false),
        ("*.example.org", "a.example.org", true), ("*.example.org", "example.org", false),
        ("*.example.org", "badexample.org", false), ("example.org", "example.org.evil.net", false),
    ])
    func aRuleIsForAHostOrForAllBelowIt(rule: String, host: String, isAllowed: Bool) {
        #expect(HostGate.allows(rule, host: host) == isAllowed)
    }
}
