import Foundation

/// Ready-made teams.
enum Stage {
    static let labels = """
        - {key: PER, name: Person, kind: span, color: "#d2691e", shortcut: p}
        - {key: LOC, name: Place, kind: span, shortcut: l}
        - {key: ORG, name: Organisation, kind: span}
        - {key: MISC, name: Other, kind: span}
        - {key: QUOTE, name: Quotation, kind: span, attributes: [{key: stance, type: choice, values: [pro, contra]}, {key: certain, type: boolean}]}
        - {key: topic, name: Topic, kind: document}
        - {key: said_by, name: Said by, kind: relation, from: [QUOTE], to: [PER, ORG]}

        """

    static let articles = [
        "harbour":
            " date 2024-05 The lighthouse of Valbruck has been dark since March. “We will light it again”, said Ada Lindqvist, who has run the harbour of Valbruck for nine years.\r\n\r\nThe lighthouse keeper’s cottage is for sale.",
        "emoji":
            "A family 👨‍👩‍👧‍👦 on the pier 🏖️, in the e\u{301}te\u{301} of a long year: 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 all the way down.",
    ]

    /// Users, a project with labels, members and two articles.
    static func prepare(_ team: Team, project: String, layers: String = "own", visibility: String = "all") throws {
        try team.admin("user", "add", "alice", "--admin")
        for name in ["bob", "carol"] { try team.admin("user", "add", name) }
        try labels.write(toFile: team.path("labels.yaml"), atomically: true, encoding: .utf8)
        try team.admin(
            "project", "create", project, "--title", "The tour", "--language", "en", "--labels",
            team.path("labels.yaml"), "--layers", layers, "--visibility", visibility)
        for name in ["bob", "carol"] { try team.admin("member", "add", project, name, "--role", "annotator") }
        for (name, text) in articles {
            try text.write(toFile: team.path(name + ".txt"), atomically: true, encoding: .utf8)
        }
        try team.admin("import", project, team.path("harbour.txt"), team.path("emoji.txt"))
    }

    /// bob and carol in one project with own layers that all may see.
    static func smallTeam(_ project: String) throws -> Team {
        let team = try Team()
        do {
            try prepare(team, project: project)
        } catch {
            team.end()
            throw error
        }
        return team
    }
}
