#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A moment in UTC, in microseconds since 1970. Written as RFC 3339; it never orders anything.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The system clock's time.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// The first and the last moment that RFC 3339 can write: the years 0000 to 9999.
    package static let earliest = Timestamp(microseconds: -62_167_219_200_000_000)
    package static let latest = Timestamp(microseconds: 253_402_300_799_999_999)

    /// This moment moved by a number of seconds, no further than to `earliest` or `latest`.
    package func adding(seconds: Int64) -> Timestamp {
        let (distance, tooFar) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (moved, overflow) = microseconds.addingReportingOverflow(distance)
        guard !tooFar, !overflow else { return seconds < 0 ? Self.earliest : Self.latest }
        return min(max(Timestamp(microseconds: moved), Self.earliest), Self.latest)
    }

    /// RFC 3339 in UTC, with as many of three or six digits of fraction as are needed: `2026-11-07T18:03:11Z`.
    ///
    /// A moment outside the years 0000 to 9999 is written as the nearest one that can be.
    package var text: String {
        String(unsafeUninitializedCapacity: Self.maximumTextLength) { write(to: $0) }
    }

    package static var maximumTextLength: Int { 27 }

    /// Writes the text form to the start of `buffer` and returns how many bytes it took, 27 at most.
    package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let moment = min(max(self, Self.earliest), Self.latest).microseconds
        let day = moment.floorDivided(by: 86_400_000_000)
        let inDay = moment - day * 86_400_000_000
        let (year, month, dayOfMonth) = Self.civil(fromDays: day)
        let seconds = inDay / 1_000_000
        let fraction = inDay % 1_000_000
        var end = 0
        func put(_ value: Int64, _ width: Int, _ separator: Unicode.Scalar) {
            var rest = value
            for position in stride(from: end + width - 1, through: end, by: -1) {
                buffer.initializeElement(at: position, to: UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            }
            buffer.initializeElement(at: end + width, to: UInt8(ascii: separator))
            end += width + 1
        }
        put(year, 4, "-")
        put(month, 2, "-")
        put(dayOfMonth, 2, "T")
        put(seconds / 3600, 2, ":")
        put(seconds / 60 % 60, 2, ":")
        put(seconds % 60, 2, fraction == 0 ? "Z" : ".")
        if fraction != 0 {
            if fraction % 1000 == 0 { put(fraction / 1000, 3, "Z") } else { put(fraction, 6, "Z") }
        }
        return end
    }

    /// Parses RFC 3339 with any offset; finer than a microsecond is cut. Nil when it is no such time.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20,
            bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = Self.number(bytes, 0..<4), let month = Self.number(bytes, 5..<7),
            let day = Self.number(bytes, 8..<10), let hour = Self.number(bytes, 11..<13),
            let minute = Self.number(bytes, 14..<16), let second = Self.number(bytes, 17..<19),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var at = 19
        var fraction: Int64 = 0
        if bytes[at] == UInt8(ascii: ".") {
            at += 1
            var digits = 0
            while at < bytes.count, let digit = Self.number(bytes, at..<(at + 1)) {
                if digits < 6 { fraction = fraction * 10 + digit }
                digits += 1
                at += 1
            }
            guard digits > 0 else { return nil }
            for _ in 0..<max(0, 6 - digits) { fraction *= 10 }
        }
        guard at < bytes.count else { return nil }
        var offset: Int64 = 0
        switch bytes[at] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            guard at + 1 == bytes.count else { return nil }
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard bytes.count == at + 6, bytes[at + 3] == UInt8(ascii: ":"),
                let hours = Self.number(bytes, (at + 1)..<(at + 3)),
                let minutes = Self.number(bytes, (at + 4)..<(at + 6)), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (bytes[at] == UInt8(ascii: "-") ? -1 : 1)
        default: return nil
        }
        let days = Self.days(fromCivil: year, month, day)
        guard Self.civil(fromDays: days) == (year, month, day) else { return nil }
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(microseconds: seconds * 1_000_000 + fraction)
        guard self >= Self.earliest, self <= Self.latest else { return nil }
    }

    private static func number(_ bytes: [UInt8], _ range: Range<Int>) -> Int64? {
        guard range.upperBound <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[range] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    // The proleptic Gregorian calendar, counted from 1 March of year 0 so that leap days fall at a year's end.
    private static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.floorDivided(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Timestamp: CustomStringConvertible {
    package var description: String { text }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
