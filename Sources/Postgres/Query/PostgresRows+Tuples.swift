// Tuples of the usual sizes, written out: the compiler makes fast code of these, but not of a parameter pack.

extension PostgresRow {
    /// Two columns, in order.
    @inlinable
    public func decode<A: PostgresDecodable, B: PostgresDecodable>(
        _ types: (A, B).Type
    ) throws(PostgresError) -> (A, B) {
        try check(columns: 2)
        return (
            try decode(A.self, at: 0), try decode(B.self, at: 1)
        )
    }

    /// Three columns, in order.
    @inlinable
    public func decode<A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable>(
        _ types: (A, B, C).Type
    ) throws(PostgresError) -> (A, B, C) {
        try check(columns: 3)
        return (
            try decode(A.self, at: 0), try decode(B.self, at: 1), try decode(C.self, at: 2)
        )
    }

    /// Four columns, in order.
    @inlinable
    public func decode<A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable, D: PostgresDecodable>(
        _ types: (A, B, C, D).Type
    ) throws(PostgresError) -> (A, B, C, D) {
        try check(columns: 4)
        return (
            try decode(A.self, at: 0), try decode(B.self, at: 1), try decode(C.self, at: 2), try decode(D.self, at: 3)
        )
    }

    /// Five columns, in order.
    @inlinable
    public func decode<
        A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable, D: PostgresDecodable, E: PostgresDecodable
    >(
        _ types: (A, B, C, D, E).Type
    ) throws(PostgresError) -> (A, B, C, D, E) {
        try check(columns: 5)
        return (
            try decode(A.self, at: 0), try decode(B.self, at: 1), try decode(C.self, at: 2), try decode(D.self, at: 3),
            try decode(E.self, at: 4)
        )
    }

    /// Six columns, in order.
    @inlinable
    public func decode<
        A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable, D: PostgresDecodable, E: PostgresDecodable,
        F: PostgresDecodable
    >(
        _ types: (A, B, C, D, E, F).Type
    ) throws(PostgresError) -> (A, B, C, D, E, F) {
        try check(columns: 6)
        return (
            try decode(A.self, at: 0), try decode(B.self, at: 1), try decode(C.self, at: 2), try decode(D.self, at: 3),
            try decode(E.self, at: 4), try decode(F.self, at: 5)
        )
    }

    /// Seven columns, in order.
    @inlinable
    public func decode<
        A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable, D: PostgresDecodable, E: PostgresDecodable,
        F: PostgresDecodable, G: PostgresDecodable
    >(
        _ types: (A, B, C, D, E, F, G).Type
    ) throws(PostgresError) -> (A, B, C, D, E, F, G) {
        try check(columns: 7)
        return (
            try decode(A.self, at: 0), try decode(B.self, at: 1), try decode(C.self, at: 2), try decode(D.self, at: 3),
            try decode(E.self, at: 4), try decode(F.self, at: 5), try decode(G.self, at: 6)
        )
    }

    /// Eight columns, in order.
    @inlinable
    public func decode<
        A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable, D: PostgresDecodable, E: PostgresDecodable,
        F: PostgresDecodable, G: PostgresDecodable, H: PostgresDecodable
    >(
        _ types: (A, B, C, D, E, F, G, H).Type
    ) throws(PostgresError) -> (A, B, C, D, E, F, G, H) {
        try check(columns: 8)
        return (
            try decode(A.self, at: 0), try decode(B.self, at: 1), try decode(C.self, at: 2), try decode(D.self, at: 3),
            try decode(E.self, at: 4), try decode(F.self, at: 5), try decode(G.self, at: 6), try decode(H.self, at: 7)
        )
    }
}

extension PostgresRows {
    /// Two columns of all rows, in order.
    @inlinable
    public func decode<A: PostgresDecodable, B: PostgresDecodable>(
        _ types: (A, B).Type
    ) throws(PostgresError) -> [(A, B)] {
        try decodeAll { (row) throws(PostgresError) in try row.decode(types) }
    }

    /// Three columns of all rows, in order.
    @inlinable
    public func decode<A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable>(
        _ types: (A, B, C).Type
    ) throws(PostgresError) -> [(A, B, C)] {
        try decodeAll { (row) throws(PostgresError) in try row.decode(types) }
    }

    /// Four columns of all rows, in order.
    @inlinable
    public func decode<A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable, D: PostgresDecodable>(
        _ types: (A, B, C, D).Type
    ) throws(PostgresError) -> [(A, B, C, D)] {
        try decodeAll { (row) throws(PostgresError) in try row.decode(types) }
    }

    /// Five columns of all rows, in order.
    @inlinable
    public func decode<
        A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable, D: PostgresDecodable, E: PostgresDecodable
    >(
        _ types: (A, B, C, D, E).Type
    ) throws(PostgresError) -> [(A, B, C, D, E)] {
        try decodeAll { (row) throws(PostgresError) in try row.decode(types) }
    }

    /// Six columns of all rows, in order.
    @inlinable
    public func decode<
        A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable, D: PostgresDecodable, E: PostgresDecodable,
        F: PostgresDecodable
    >(
        _ types: (A, B, C, D, E, F).Type
    ) throws(PostgresError) -> [(A, B, C, D, E, F)] {
        try decodeAll { (row) throws(PostgresError) in try row.decode(types) }
    }

    /// Seven columns of all rows, in order.
    @inlinable
    public func decode<
        A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable, D: PostgresDecodable, E: PostgresDecodable,
        F: PostgresDecodable, G: PostgresDecodable
    >(
        _ types: (A, B, C, D, E, F, G).Type
    ) throws(PostgresError) -> [(A, B, C, D, E, F, G)] {
        try decodeAll { (row) throws(PostgresError) in try row.decode(types) }
    }

    /// Eight columns of all rows, in order.
    @inlinable
    public func decode<
        A: PostgresDecodable, B: PostgresDecodable, C: PostgresDecodable, D: PostgresDecodable, E: PostgresDecodable,
        F: PostgresDecodable, G: PostgresDecodable, H: PostgresDecodable
    >(
        _ types: (A, B, C, D, E, F, G, H).Type
    ) throws(PostgresError) -> [(A, B, C, D, E, F, G, H)] {
        try decodeAll { (row) throws(PostgresError) in try row.decode(types) }
    }

    @inlinable
    func decodeAll<T>(_ decode: (PostgresRow) throws(PostgresError) -> T) throws(PostgresError) -> [T] {
        var values: [T] = []
        values.reserveCapacity(count)
        for row in self { values.append(try decode(row)) }
        return values
    }
}
