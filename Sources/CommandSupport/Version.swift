/// The version that both programs tell with `--version`.
package enum Version {
    package static let current = "0.1.0"
}
