/// `manicule-client -C DIR status` is what people type who know git: the options that every command takes may stand
/// before the command too.
package enum LeadingOptions {
    /// The same arguments with the common options behind the command's name, where the parser looks for them.
    package static func moved(behindCommandOf arguments: [String]) -> [String] {
        var leading: [String] = []
        var rest = arguments[...]
        while let first = rest.first {
            if first == "--json" || first == "--verbose" {
                leading.append(first)
                rest.removeFirst()
            } else if first == "-C", rest.count > 1 {
                leading += rest.prefix(2)
                rest.removeFirst(2)
            } else if first.hasPrefix("-C"), first.utf8.count > 2 {
                leading.append(first)
                rest.removeFirst()
            } else {
                break
            }
        }
        guard !leading.isEmpty, let command = rest.first, !command.hasPrefix("-") else { return arguments }
        return [command] + leading + rest.dropFirst()
    }
}
