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
        // By its bytes: each request has one.
        let bytes = header.utf8.drop { $0 == UInt8(ascii: " ") }
        guard let space = bytes.firstIndex(of: UInt8(ascii: " ")),
            bytes[..<space].elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 })
        else { return nil }
        let token = bytes[space...].dropFirst()
        return token.isEmpty ? nil : String(Substring(token))
    }
}

extension AppRequestContext {
    /// Who asks. Only routes that need somebody call it.
    func authenticated() throws(Problem) -> Principal {
        guard let principal else { throw .authExpired() }
        return principal
    }
}
