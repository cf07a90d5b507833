import AnnotationServices
import HTTPTypes
import Hummingbird
import SyncProtocol

extension Request {
    /// What shows who asks: the bearer token, or else a browser's session; 401 without one.
    func credential() throws(Problem) -> String {
        if headers.contains(.authorization) {
            guard let bearerToken else { throw Self.nobody }
            return bearerToken
        }
        guard let secret = SessionCookie.secret(in: self) else { throw Self.nobody }
        try CrossSite.check(self)
        return secret
    }

    private static let nobody = Problem.authExpired(
        "send Authorization: Bearer TOKEN; a token comes from an administrator or a login")

    /// The token of `Authorization: Bearer TOKEN`.
    var bearerToken: String? {
        guard let header = headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}

extension AppRequestContext {
    /// Who asks. Only routes that need somebody call it.
    func authenticated() throws(Problem) -> Principal {
        guard let principal else { throw .authExpired() }
        return principal
    }
}
