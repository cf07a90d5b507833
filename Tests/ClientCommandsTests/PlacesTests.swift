import AnnotationModel
import ClientCommands
import CommandSupport
import Testing

@Suite("Finding the place of a quote")
struct PlacesTests {
    private let text = ArticleText(
        "The lighthouse of Valbruck 👨‍👩‍👧 has been dark.\r\nValbruck, e\u{301}te\u{301}; Valbruck’s harbour: aaa")

    private func place(_ quote: String, _ occurrence: Int? = nil) throws -> Range<Int> {
        try Places.one(of: quote, occurrence: occurrence, in: text, article: "harbour")
    }

    private func failure(_ quote: String, _ occurrence: Int? = nil) -> CommandFailure? {
        do {
            _ = try place(quote, occurrence)
            return nil
        } catch {
            return error as? CommandFailure
        }
    }

    @Test("the only place of a quote is found in code points")
    func only() throws {
        #expect(try place("dark") == 42..<46)
        #expect(try place("👩") == 29..<30)
        #expect(try place("\r\n") == 47..<49)
    }

    @Test("a quote that stands more than once is an error that lists the places, each with what is around it")
    func ambiguous() throws {
        let failure = try #require(self.failure("Valbruck"))
        #expect(failure.code == .usage)
        #expect(failure.message.contains("3 times in harbour"))
        #expect(failure.message.contains("1 at 18:26 …ghthouse of [Valbruck] 👨‍👩‍👧 has b…"))
        #expect(failure.message.contains("2 at 49:57 …"))
        #expect(failure.message.contains("--occurrence N"))
        #expect(!failure.message.contains("\n") && !failure.message.contains("\r"))
        #expect(failure.detail?.split(separator: "\n").count == 3)
    }

    @Test("--occurrence counts from 1, and places may overlap")
    func occurrences() throws {
        #expect(try place("Valbruck", 1) == 18..<26)
        #expect(try place("Valbruck", 2) == 49..<57)
        #expect(try place("aa", 2).lowerBound == place("aa", 1).lowerBound + 1)
        #expect(self.failure("Valbruck", 4)?.message.contains("--occurrence is 1 to 3") == true)
        #expect(self.failure("Valbruck", 4)?.code == .usage)
    }

    @Test("what stands nowhere is said so; equal letters in other bytes are pointed at and never taken for it")
    func absent() throws {
        #expect(failure("lightship")?.message.contains("does not stand in harbour") == true)
        let composed = try #require(failure("\u{e9}t\u{e9}"))
        #expect(composed.message.contains("--span 59:64"))
        #expect(try place("e\u{301}te\u{301}") == 59..<64)
        #expect(failure("")?.code == .usage)
    }

    @Test("of very many places a dozen are named in the line, and all in the detail")
    func many() throws {
        do {
            _ = try Places.one(
                of: "a", occurrence: nil, in: ArticleText(String(repeating: "a ", count: 50)), article: "x")
            Issue.record("an ambiguous quote was taken")
        } catch let failure as CommandFailure {
            #expect(failure.message.contains("and 38 more"))
            #expect(failure.detail?.split(separator: "\n").count == 50)
        }
    }
}
