/// A text about more than one command, for `help NAME`.
package struct HelpTopic: Sendable, Hashable {
    package var name: String
    package var text: String

    package init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }
}
