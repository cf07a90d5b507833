/// A key and its value in one call. An optional that is nil writes null; `memberIfPresent` leaves the member out.
extension JSONWriter {
    package mutating func member(_ key: String, _ value: String) {
        self.key(key)
        string(value)
    }

    package mutating func member(_ key: String, _ value: Int) {
        self.key(key)
        int(value)
    }

    package mutating func member(_ key: String, _ value: Int64) {
        self.key(key)
        int(value)
    }

    package mutating func member(_ key: String, _ value: Double) {
        self.key(key)
        number(value)
    }

    package mutating func member(_ key: String, _ value: Bool) {
        self.key(key)
        bool(value)
    }

    package mutating func member(_ key: String, _ value: JSONValue) {
        self.key(key)
        self.value(value)
    }

    package mutating func member(_ key: String, _ value: String?) {
        if let value { member(key, value) } else { memberNull(key) }
    }

    package mutating func member(_ key: String, _ value: Int?) {
        if let value { member(key, value) } else { memberNull(key) }
    }

    package mutating func member(_ key: String, _ value: Int64?) {
        if let value { member(key, value) } else { memberNull(key) }
    }

    package mutating func member(_ key: String, _ value: Double?) {
        if let value { member(key, value) } else { memberNull(key) }
    }

    package mutating func member(_ key: String, _ value: Bool?) {
        if let value { member(key, value) } else { memberNull(key) }
    }

    package mutating func member(_ key: String, _ value: JSONValue?) {
        if let value { member(key, value) } else { memberNull(key) }
    }

    package mutating func member(_ key: String, _ values: [String]) {
        self.key(key)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    /// A member whose value is JSON text already.
    package mutating func member(_ key: String, raw json: some Sequence<UInt8>) {
        self.key(key)
        raw(json)
    }

    package mutating func member(
        _ key: String, object body: (inout JSONWriter) throws -> Void
    ) rethrows {
        self.key(key)
        try object(body)
    }

    package mutating func member(
        _ key: String, array body: (inout JSONWriter) throws -> Void
    ) rethrows {
        self.key(key)
        try array(body)
    }

    package mutating func memberNull(_ key: String) {
        self.key(key)
        null()
    }

    package mutating func memberIfPresent(_ key: String, _ value: String?) {
        if let value { member(key, value) }
    }

    package mutating func memberIfPresent(_ key: String, _ value: Int?) {
        if let value { member(key, value) }
    }

    package mutating func memberIfPresent(_ key: String, _ value: Double?) {
        if let value { member(key, value) }
    }

    package mutating func memberIfPresent(_ key: String, _ value: Bool?) {
        if let value { member(key, value) }
    }

    package mutating func memberIfPresent(_ key: String, _ value: JSONValue?) {
        if let value { member(key, value) }
    }
}
