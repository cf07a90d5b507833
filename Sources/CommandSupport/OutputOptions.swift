import ArgumentParser

/// The options that every command of both programs takes.
package struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON value on standard output.")
    package var json = false

    @Flag(name: .long, help: "On failure say all that is known, not only one line.")
    package var verbose = false

    package init() {}
}
