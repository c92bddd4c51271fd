import Foundation
import Glibc
import Testing

/// A web server of this machine that a run may ping; it remembers what it was asked for.
final class PingListener: @unchecked Sendable {
    let url: String
    private let socket: Int32
    private let lock = NSLock()
    private var paths: [String] = []

    /// In the order of asking.
    var asked: [String] { lock.withLock { paths } }

    /// - Parameter silentOn: The end of paths that are heard and never answered.
    init(silentOn end: String? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        let isOpen = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            let start = unsafe bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            return unsafe bind(socket, start, size) == 0 && listen(socket, 8) == 0
                && getsockname(socket, start, &size) == 0
        }
        try #require(isOpen)
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        Thread.detachNewThread { [self] in
            while case let client = accept(socket, nil, nil), client >= 0 {
                var bytes = [UInt8](repeating: 0, count: 4096)
                let count = unsafe recv(client, &bytes, bytes.count, 0)
                let words = String(decoding: bytes[0..<max(count, 0)], as: UTF8.self).split(separator: " ")
                let path = words.count > 1 ? String(words[1]) : ""
                lock.withLock { paths.append(path) }
                // Left open, so that whoever asked waits.
                if let end, path.hasSuffix(end) { continue }
                let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
                _ = unsafe send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
                close(client)
            }
        }
    }

    /// Ends the listening; the system closes what was left open with the tests.
    func stop() { _ = shutdown(socket, Int32(SHUT_RDWR)) }
}
