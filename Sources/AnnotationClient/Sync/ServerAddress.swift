import Foundation

/// Where a server answers, as a person gave it.
struct ServerAddress: Sendable, Hashable {
    /// Without a slash at its end.
    let text: String

    init(_ text: String) throws(ClientError) {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = url.host, !host.isEmpty, url.user == nil,
            url.password == nil, url.query == nil, url.fragment == nil
        else {
            throw ClientError(
                .usage, "bad_address",
                "“\(text.prefix(200))” is no server address; like http://localhost:8080 it must be")
        }
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        self.text = text
    }

    /// One segment of a path, or a value of a query, escaped.
    static func escape(_ part: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return part.addingPercentEncoding(withAllowedCharacters: plain) ?? part
    }
}
