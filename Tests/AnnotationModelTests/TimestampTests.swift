import AnnotationModel
import AnnotationModelTestSupport
import Testing

@Suite struct `Moments in time` {
    @Test func `A moment that is written is read again`() {
        var rows = RandomRows(seed: 3)
        for _ in 0..<5000 {
            let time = rows.time()
            #expect(Timestamp(time.text) == time, "\(time.microseconds)")
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (1_604_772_191_000_000, "2020-11-07T18:03:11Z"), (1_604_772_191_120_000, "2020-11-07T18:03:11.120Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z"), (-2_203_891_200_000_000, "1900-03-01T00:00:00Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00Z"),
        ] as [(Int64, String)])
    func `Known moments`(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).text == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test func `Other forms of the same moment are read`() {
        let moment = Timestamp("2026-11-07T18:03:11Z")
        #expect(Timestamp("2026-11-07t18:03:11z") == moment)
        #expect(Timestamp("2026-11-07T20:03:11+02:00") == moment)
        #expect(Timestamp("2026-11-07T13:33:11.000-04:30") == moment)
        #expect(Timestamp("2026-11-07T18:03:11.0000009Z") == moment)
        #expect(Timestamp("2026-11-07T18:02:60Z")?.text == "2026-11-07T18:03:00Z")
        #expect(Timestamp("2026-11-07T18:03:11.5Z")?.text == "2026-11-07T18:03:11.500Z")
    }

    @Test(arguments: [
        "", "2026-11-07", "2026-11-07T18:03Z", "2026-11-07T18:03:11", "2026-11-07 18:03:11Z", "2026-13-07T18:03:11Z",
        "2026-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-07T24:00:00Z", "2026-11-07T18:60:00Z",
        "2026-11-07T18:03:61Z", "2026-11-07T18:03:11.Z", "2026-11-07T18:03:11Z ", "2026-11-07T18:03:11+2:00",
        "2026-11-07T18:03:11+24:00", "2026-11-07T18:03:11+02:00Z", "-026-11-07T18:03:11Z", "2026-1١-07T18:03:11Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "99999-12-31T23:59:59Z",
    ])
    func `What is no RFC 3339 time is none`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `Nothing overflows, and all that is written can be read`() {
        for moment in [Timestamp(microseconds: .max), Timestamp(microseconds: .min)] {
            #expect(Timestamp(moment.text) != nil)
        }
        #expect(Timestamp.earliest.text == "0000-01-01T00:00:00Z")
        #expect(Timestamp.latest.text == "9999-12-31T23:59:59.999999Z")
        #expect(Timestamp(microseconds: 0).adding(seconds: .max) == .latest)
        #expect(Timestamp(microseconds: 0).adding(seconds: .min) == .earliest)
        #expect(Timestamp(microseconds: 0).adding(seconds: 90).text == "1970-01-01T00:01:30Z")
    }
}
