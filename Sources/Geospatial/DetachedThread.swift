internal import Glibc

/// Threads that nobody waits for, of which there may be none left.
public enum DetachedThread {
    /// What a thread is to do.
    private final class Job: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a thread of its own.
    /// - Returns: False where the system has no room for another thread, which Foundation's would not tell.
    public static func start(stackBytes: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        unsafe pthread_attr_init(attributes)
        defer {
            unsafe pthread_attr_destroy(attributes)
            unsafe attributes.deallocate()
        }
        unsafe pthread_attr_setstacksize(attributes, stackBytes)
        unsafe pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
        let job = unsafe Unmanaged.passRetained(Job(body))
        var thread: pthread_t = 0
        let code = unsafe pthread_create(
            &thread, attributes,
            { context in
                unsafe Unmanaged<Job>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, job.toOpaque())
        if code != 0 { unsafe job.release() }
        return code == 0
    }
}
