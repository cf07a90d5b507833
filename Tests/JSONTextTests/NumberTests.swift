import JSONText
import Testing

@Suite struct Numbers {
    /// The samples of RFC 8785, by the bits of the number.
    static let samples: [(UInt64, String)] = [
        (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"), (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ]

    @Test(arguments: samples) func `Each is written as RFC 8785 writes it, and read again`(bits: UInt64, text: String)
        throws
    {
        let value = Double(bitPattern: bits)
        #expect(JSONValue.number(value).canonicalText == text)
        #expect(try JSONValue(parsing: text).doubleValue == value)
    }

    @Test(arguments: [
        ("1.0", "1"), ("-0", "0"), ("-0.0", "0"), ("0e5", "0"), ("1e0", "1"), ("1E2", "100"), ("100e-2", "1"),
        ("0.10", "0.1"),
        ("1e20", "100000000000000000000"), ("1e21", "1e+21"), ("123e-20", "1.23e-18"), ("1e-6", "0.000001"),
        ("1e-7", "1e-7"),
        ("1.5e300", "1.5e+300"), ("-1.25", "-1.25"), ("0.1e1", "1"), ("12345678.9e1", "123456789"), ("4.35", "4.35"),
        ("1e17", "100000000000000000"),
    ]) func `Whatever way a number was written, it has one canonical form`(text: String, canonical: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(value.canonicalText == canonical)
        #expect(try JSONValue(parsing: canonical) == value)
    }

    @Test func `Any number is read again as it was written, by a strict reader too`() throws {
        var random = RandomJSON(seed: 1)
        for _ in 0..<20_000 {
            let value = random.number()
            let text = JSONValue.number(value).canonicalText
            let read = try JSONValue(parsing: text).doubleValue
            #expect(read?.bitPattern == (value == 0 ? 0 : value.bitPattern), "\(text)")
            #expect(JSONValue.number(read ?? .nan).canonicalText == text)
        }
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan]) func `What JSON has no number for is written as null`(
        value: Double
    ) {
        #expect(JSONValue.number(value).canonicalText == "null")
    }

    @Test(arguments: [0, 1, 9, 10, -1, -10, 1234, Int64.max, Int64.min, 1_000_000_007])
    func `Integers are written exactly`(
        value: Int64
    ) {
        var writer = JSONWriter()
        writer.int(value)
        #expect(writer.text == String(value))
    }

    @Test func `Beyond 2^53 only the digits that we would write are an integer`() {
        // The next double above 2^53, as its own digits and as one that only rounds to it.
        #expect(parse("9007199254740994") == .success(.number(9_007_199_254_740_994)))
        #expect(parse("9007199254740995").failure?.code == .numberRange)
        #expect(parse("1000000000000000000000").failure?.code == .numberRange, "its canonical form is 1e+21")
        #expect(parse("1e21") == .success(1e21))
        #expect(JSONValue.number(9_007_199_254_740_994).intValue == nil)
        #expect(JSONValue.number(9_007_199_254_740_992).intValue == 9_007_199_254_740_992)
        #expect(JSONValue.number(0.5).intValue == nil)
    }
}
