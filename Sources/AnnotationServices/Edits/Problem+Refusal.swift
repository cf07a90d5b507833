package import SyncProtocol

extension Problem {
    /// A refused operation as the answer to a request that consisted of it; the code is the operation's.
    package init(refused code: OperationCode?, _ message: String?) {
        let code = code ?? .malformed
        let detail = message ?? "the content was refused"
        let (status, title) =
            switch code {
            case .malformed: (400, "Malformed request")
            case .notAllowed: (403, "Not allowed")
            case .idTaken, .idDeleted, .editedSince, .deletedSince, .articleGone: (409, "Conflict")
            case .tooLarge: (413, "Too large")
            default: (422, "Invalid content")
            }
        self.init(status: status, code: code.rawValue, title: title, detail: detail)
    }
}
