#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs the body on a new thread of the operating system. False when there can be no more threads.
@discardableResult
package func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = unsafe Unmanaged.passRetained(Box(body))
    #if canImport(Glibc)
        var thread = pthread_t()
    #else
        var thread: pthread_t?
    #endif
    let outcome = unsafe pthread_create(
        &thread, nil,
        { argument in
            #if canImport(Glibc)
                guard let argument = unsafe argument else { return nil }
            #endif
            unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
    guard outcome == 0 else {
        unsafe box.release()
        return false
    }
    #if canImport(Glibc)
        pthread_detach(thread)
    #else
        if let thread = unsafe thread { unsafe pthread_detach(thread) }
    #endif
    return true
}
