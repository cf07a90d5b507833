#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A value under a lock that a thread can wait on until another one has changed it.
///
/// `@unchecked Sendable`: the value is only touched with the mutex held. `Mutex` of the standard library has no
/// condition to wait on.
@safe final class Monitor<State>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State
    /// How many threads wait, so that nobody is woken for nothing.
    private var waiters = 0

    init(_ state: sending State) {
        self.state = state
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Changes the state and wakes who waits.
    func change<R>(_ body: (inout State) -> R) -> R {
        unsafe pthread_mutex_lock(mutex)
        let result = body(&state)
        let isAwaited = waiters > 0
        unsafe pthread_mutex_unlock(mutex)
        // Behind the lock: whoever wakes up finds it free.
        if isAwaited { unsafe pthread_cond_broadcast(condition) }
        return result
    }

    /// Changes what nobody waits for.
    func update<R>(_ body: (inout State) -> R) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    /// Waits until the body gives a value.
    func wait<R>(_ body: (inout State) -> R?) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            waiters += 1
            unsafe pthread_cond_wait(condition, mutex)
            waiters -= 1
        }
    }

    /// Waits until the body gives a value, at most so many seconds.
    func wait<R>(seconds: Int, _ body: (inout State) -> R?) -> R? {
        var limit = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &limit)
        limit.tv_sec += seconds
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            waiters += 1
            let outcome = unsafe pthread_cond_timedwait(condition, mutex, &limit)
            waiters -= 1
            if outcome != 0 { return body(&state) }
        }
    }
}
