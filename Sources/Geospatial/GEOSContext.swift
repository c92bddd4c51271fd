internal import CGEOS

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The GEOS context of the calling thread, made at its first use and freed when the thread ends.
///
/// A context holds the place of the last message, so two threads must never share one.
@safe final class GEOSContext {
    static let version: String = unsafe GEOSversion().map { unsafe String(cString: $0) } ?? "unknown"

    private let handle: GEOSContextHandle_t
    private var failure: String?

    private init() {
        unsafe handle = GEOS_init_r()
        let handler: GEOSMessageHandler_r = { text, data in
            guard let text = unsafe text, let data = unsafe data else { return }
            let context = unsafe Unmanaged<GEOSContext>.fromOpaque(data).takeUnretainedValue()
            guard context.failure == nil else { return }
            var message = unsafe String(cString: text)
            while message.last?.isWhitespace == true { message.removeLast() }
            context.failure = message
        }
        _ = unsafe GEOSContext_setErrorMessageHandler_r(handle, handler, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { unsafe GEOS_finish_r(handle) }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let code = unsafe pthread_key_create(&key) { data in
            #if canImport(Darwin)
                unsafe Unmanaged<GEOSContext>.fromOpaque(data).release()
            #else
                if let data = unsafe data { unsafe Unmanaged<GEOSContext>.fromOpaque(data).release() }
            #endif
        }
        precondition(code == 0, "no thread-local storage left")
        return key
    }()

    private static var current: GEOSContext {
        if let data = unsafe pthread_getspecific(key) {
            return unsafe Unmanaged<GEOSContext>.fromOpaque(data).takeUnretainedValue()
        }
        let made = GEOSContext()
        unsafe pthread_setspecific(key, Unmanaged.passRetained(made).toOpaque())
        return made
    }

    /// Runs `body` with this thread's context, for calls that cannot fail but for want of memory.
    static func use<Result>(_ body: (GEOSContextHandle_t) throws -> Result) rethrows -> Result {
        let context = current
        context.failure = nil
        return try unsafe body(context.handle)
    }

    /// The result of a call that returns null on failure.
    /// - Throws: `GeospatialError` with what GEOS said.
    static func result<Result>(
        _ function: String, subject: String, _ body: (GEOSContextHandle_t) throws -> Result?
    ) throws -> Result {
        let context = current
        context.failure = nil
        guard let result = try unsafe body(context.handle) else {
            throw GeospatialError(
                subject: subject, message: context.failure ?? "GEOS gave no reason", function: function)
        }
        return result
    }

    /// The answer of a predicate: 0 no, 1 yes, 2 failed.
    static func answer(
        _ function: String, subject: String, _ body: (GEOSContextHandle_t) -> CChar
    ) throws -> Bool {
        try unsafe result(function, subject: subject) { context in
            let answer = unsafe body(context)
            return answer == 2 ? nil : answer == 1
        }
    }
}
