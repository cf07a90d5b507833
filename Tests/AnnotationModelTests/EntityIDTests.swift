import AnnotationModel
import AnnotationModelTestSupport
import Testing

@Suite struct `Ids of rows` {
    @Test func `An id that is written is read again`() {
        var rows = RandomRows(seed: 1)
        for _ in 0..<2000 {
            let id = rows.id()
            #expect(EntityID(id.text) == id)
            #expect(EntityID(id.text.uppercased()) == id)
            #expect(id.text.utf8.count == 36)
        }
    }

    @Test func `The text form is the one of RFC 9562`() {
        let id = EntityID(high: 0x0199_a1b2_c3d4_7e5f, low: 0x8091_a2b3_c4d5_e6f7)
        #expect(id.text == "0199a1b2-c3d4-7e5f-8091-a2b3c4d5e6f7")
        #expect(id.text == id.description)
        #expect(EntityID(high: 0, low: 0).text == "00000000-0000-0000-0000-000000000000")
        #expect(EntityID(high: .max, low: .max).text == "ffffffff-ffff-ffff-ffff-ffffffffffff")
    }

    @Test(arguments: [
        "", "-", "0199a1b2c3d47e5f8091a2b3c4d5e6f7", "{0199a1b2-c3d4-7e5f-8091-a2b3c4d5e6f7}",
        "0199a1b2-c3d4-7e5f-8091-a2b3c4d5e6f", "0199a1b2-c3d4-7e5f-8091-a2b3c4d5e6f70",
        "0199a1b2-c3d4-7e5f-8091-a2b3c4d5e6g7", "0199a1b2-c3d4-7e5f8-091-a2b3c4d5e6f7",
        "0199a1b2_c3d4_7e5f_8091_a2b3c4d5e6f7", " 199a1b2-c3d4-7e5f-8091-a2b3c4d5e6f7",
        "0199a1b2-c3d4-7e5f-8091-a2b3c4d5e6é7", "０199a1b2-c3d4-7e5f-8091-a2b3c4d5e6f7",
    ])
    func `What is no UUID is none`(text: String) {
        #expect(EntityID(text) == nil)
        #expect(EntityID(text[...]) == nil)
    }

    @Test func `A new id is a UUIDv7 that holds its millisecond`() {
        let source = IDSource(now: { Timestamp(microseconds: 0x0123_4567_89ab * 1000 + 999) }, random: { .max })
        #expect(source.id().text == "01234567-89ab-7fff-bfff-ffffffffffff")
        let zero = IDSource(now: { Timestamp(microseconds: -5) }, random: { 0 })
        #expect(zero.id().text == "00000000-0000-7000-8000-000000000000")
        #expect(IDSource.system.id() != IDSource.system.id())
    }

    @Test func `A derived id depends on each part and on nothing else`() {
        let id = EntityID(derivedFrom: ["project", "article", "entities/1"])
        #expect(id == EntityID(derivedFrom: ["project", "article", "entities/1"]))
        // SHA-256 of "7:project7:article10:entities/1", cut and marked as version 8: never to change.
        #expect(id.text == "009c72c5-85c3-8715-a68b-4874ca56e74e")
        #expect(id != EntityID(derivedFrom: ["project", "articleentities/1"]))
        #expect(id != EntityID(derivedFrom: ["projec", "tarticle", "entities/1"]))
        #expect(EntityID(derivedFrom: ["a", ""]) != EntityID(derivedFrom: ["a"]))
        #expect(EntityID(derivedFrom: ["\u{e9}"]) != EntityID(derivedFrom: ["e\u{301}"]))
    }

    @Test func `Ids are ordered as their text is`() {
        var rows = RandomRows(seed: 2)
        let ids = (0..<200).map { _ in rows.id() }
        #expect(ids.sorted().map(\.text) == ids.map(\.text).sorted())
    }
}
