import AnnotationModel
import AnnotationServices
import HTTPTypes
import Hummingbird
import JSONText
import SyncProtocol

/// A browser's session: a cookie that no script can read and that no other site's page can make use of.
enum SessionCookie {
    static let name = "manicule_session"

    /// The value of `Set-Cookie` for a new session.
    static func issue(_ session: IssuedSession, _ context: AppRequestContext) -> String {
        let seconds = max(0, (session.expiresAt.microseconds - Timestamp.now().microseconds) / 1_000_000)
        return "\(name)=\(session.text); Max-Age=\(seconds)\(attributes(context))"
    }

    /// For the answer to a logout: takes the cookie away from who has one.
    static func cleared(by request: Request, _ context: AppRequestContext) -> HTTPFields {
        guard secret(in: request) != nil else { return [:] }
        return [.setCookie: "\(name)=; Max-Age=0\(attributes(context))"]
    }

    /// What a login with `"cookie": true` answers: the session is in the cookie, and nowhere else.
    static func response(_ session: IssuedSession, _ context: AppRequestContext) -> Response {
        var json = session.json
        _ = json.removeValue(forKey: "token")
        return .json(.object(json), headers: [.setCookie: issue(session, context)])
    }

    /// The session's secret in a request.
    static func secret(in request: Request) -> String? {
        for header in request.headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].filter({ $0 != " " }) == name else { continue }
                return String(parts[1]).filter { $0 != " " && $0 != "\"" }
            }
        }
        return nil
    }

    /// Without TLS only on this very machine, where there is nobody between.
    private static func attributes(_ context: AppRequestContext) -> String {
        "; Path=/; HttpOnly; SameSite=Strict\(context.isLoopbackHTTP ? "" : "; Secure")"
    }
}

/// Keeps the pages of other sites from acting with a session's cookie.
///
/// `SameSite=Strict` keeps the cookie at home already; this does not rely on it. A request that changes something must
/// come from a page of this server: browsers say so in `Sec-Fetch-Site`, older ones in `Origin`, and no page can change
/// what they say. It must have JSON for a body, which a form cannot send. Requests with a bearer token need none of it:
/// no browser sends one by itself.
enum CrossSite {
    private static let site = HTTPField.Name("Sec-Fetch-Site")

    static func check(_ request: Request) throws(Problem) {
        guard request.method != .get, request.method != .head, request.method != .options else { return }
        try refuseOthers(request, needsProof: true)
        let hasBody = request.headers[.contentLength].map { $0 != "0" } ?? request.headers.contains(.transferEncoding)
        if hasBody { try requireJSON(request) }
    }

    /// A login that sets a cookie: no other site may log somebody in as somebody else.
    static func checkLogin(_ request: Request) throws(Problem) {
        try requireJSON(request)
        try refuseOthers(request, needsProof: false)
    }

    /// - Parameter needsProof: whether a request that does not say where it comes from is refused too.
    private static func refuseOthers(_ request: Request, needsProof: Bool) throws(Problem) {
        if let name = site, let value = request.headers[name] {
            guard value == "same-origin" || value == "none" else {
                throw .notAllowed("the page of another site (\(value)) may not do this with the session's cookie")
            }
            return
        }
        if let origin = request.headers[.origin] {
            let host = origin.split(separator: "/").last.map { $0.lowercased() }
            guard let host, host == request.head.authority?.lowercased() else {
                throw .notAllowed("a page of \(origin) may not do this with the session's cookie")
            }
            return
        }
        guard !needsProof else {
            throw .notAllowed(
                "with the session's cookie a change needs Sec-Fetch-Site or Origin, as browsers send; "
                    + "a program uses Authorization: Bearer TOKEN")
        }
    }

    private static func requireJSON(_ request: Request) throws(Problem) {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
        guard let type, type == "application/json" || type.hasSuffix("+json") || type == "application/x-ndjson" else {
            throw .notAllowed("with the session's cookie a body must have Content-Type: application/json")
        }
    }
}
