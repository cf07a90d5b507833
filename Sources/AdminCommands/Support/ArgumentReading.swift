import AnnotationModel
import CommandSupport

/// Reading of arguments that several commands take.
enum ArgumentReading {
    /// `90d`, `12h`, `30m`, `1s` from now, or a date or RFC 3339 time.
    static func expiry(_ text: String, now: Timestamp) throws -> Timestamp {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        if let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), count > 0,
            count < 1_000_000_000
        {
            return now.adding(seconds: count * unit)
        }
        guard let time = Timestamp(text) ?? Timestamp(text + "T00:00:00Z") else {
            throw CommandFailure.usage("--expires takes 90d, 12h, 30m, 1s or a date like 2027-01-31, not “\(text)”")
        }
        guard time > now else { throw CommandFailure.usage("--expires \(text) is in the past") }
        return time
    }

    /// One of the words of an enumeration.
    static func oneOf<Value: RawRepresentable & CaseIterable>(
        _ text: String, _ name: String, _: Value.Type = Value.self
    ) throws -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: text) else {
            throw CommandFailure.usage(
                "\(name) must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", ")), not “\(text)”")
        }
        return value
    }
}
