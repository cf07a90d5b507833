/// The parameters of one statement: their types, and their values one behind the other in one block of bytes.
package struct Parameters: Sendable {
    /// The OID of a value's type, and where the value lies in `bytes`; a negative count is NULL.
    package struct Slot: Sendable {
        package var type: UInt32
        /// Nothing longer than 1 GB is ever sent.
        package var count: Int32
        package var offset: Int

        package init(type: UInt32, offset: Int, count: Int32) {
            self.type = type
            self.offset = offset
            self.count = count
        }
    }

    package var slots: [Slot]
    package var bytes: [UInt8]

    package init(slots: [Slot] = [], bytes: [UInt8] = []) {
        self.slots = slots
        self.bytes = bytes
    }

    package var types: [UInt32] { slots.map(\.type) }

    /// Calls the body with the arrays that libpq wants, for values in binary.
    func withArrays<R>(
        _ body: (
            _ count: Int32, _ values: UnsafePointer<UnsafePointer<CChar>?>?, _ lengths: UnsafePointer<Int32>?,
            _ formats: UnsafePointer<Int32>?
        ) -> R
    ) -> R {
        let count = slots.count
        if count == 0 { return body(0, nil, nil, nil) }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe slots.withUnsafeBufferPointer { slots in
                unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                    unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: count * 2) { numbers in
                        for index in 0..<count {
                            let slot = unsafe slots[index]
                            unsafe numbers.initializeElement(at: index, to: max(slot.count, 0))
                            unsafe numbers.initializeElement(at: count + index, to: 1)
                            unsafe values.initializeElement(at: index, to: Self.pointer(to: slot, in: bytes))
                        }
                        return unsafe body(
                            Int32(count), UnsafePointer(values.baseAddress), UnsafePointer(numbers.baseAddress),
                            numbers.baseAddress.map { unsafe UnsafePointer($0 + count) })
                    }
                }
            }
        }
    }

    /// Null means NULL to libpq, so an empty value needs some other address, which is never read.
    private static func pointer(to slot: Slot, in bytes: UnsafeBufferPointer<UInt8>) -> UnsafePointer<CChar>? {
        guard slot.count >= 0 else { return nil }
        guard let base = bytes.baseAddress else { return unsafe UnsafePointer(bitPattern: 1) }
        return unsafe UnsafeRawPointer(base + slot.offset).assumingMemoryBound(to: CChar.self)
    }
}
