/// Hides the password in a connection string of libpq.
enum SecretMask {
    static func masked(_ connection: String) -> String {
        let isURL = connection.hasPrefix("postgres://") || connection.hasPrefix("postgresql://")
        return isURL ? maskedURL(connection) : maskedWords(connection)
    }

    /// `postgresql://user:secret@host/db?password=secret`
    private static func maskedURL(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        var rest = url[scheme.upperBound...]
        var result = String(url[..<scheme.upperBound])
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        // A password may hold an @ that nobody has escaped.
        if let at = (authority.lastIndex(of: "@") ?? rest.prefix(while: { $0 != "?" }).lastIndex(of: "@")) {
            let user = rest[..<at]
            if let colon = user.firstIndex(of: ":") {
                result += user[..<colon] + ":***"
            } else {
                result += user
            }
            rest = rest[at...]
        }
        guard let query = rest.firstIndex(of: "?") else { return result + rest }
        result += rest[...query]
        let parameters = rest[rest.index(after: query)...].split(separator: "&", omittingEmptySubsequences: false)
        return result
            + parameters.map { parameter in
                let name = parameter.prefix { $0 != "=" }
                return isSecret(name) ? "\(name)=***" : String(parameter)
            }.joined(separator: "&")
    }

    /// `host=/run user=me password='se\'cret'`
    private static func maskedWords(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while !rest.isEmpty {
            let space = rest.prefix { $0.isWhitespace }
            result += space
            rest.removeFirst(space.count)
            let name = rest.prefix { $0 != "=" && !$0.isWhitespace }
            rest.removeFirst(name.count)
            let equals = rest.prefix { $0 == "=" || $0.isWhitespace }
            guard equals.contains("=") else {
                result += name
                continue
            }
            rest.removeFirst(equals.count)
            let value = takeValue(&rest)
            result += name + equals + (isSecret(name) ? "***" : value)
        }
        return result
    }

    private static func takeValue(_ rest: inout Substring) -> String {
        let isQuoted = rest.first == "'"
        var value = ""
        if isQuoted { value.append(rest.removeFirst()) }
        while let next = rest.first, isQuoted || !next.isWhitespace {
            value.append(rest.removeFirst())
            if next == "\\", !rest.isEmpty { value.append(rest.removeFirst()) }
            if isQuoted, next == "'" { break }
        }
        return value
    }

    private static func isSecret(_ name: some StringProtocol) -> Bool {
        ["password", "sslpassword", "passphrase"].contains(name.lowercased())
    }
}
