import Digest
package import JSONText

/// The description that is served: made from the route table, checked in, and compared with the table by a test.
package enum OpenAPIDocument {
    package static let bytes = Array(text.utf8)

    static let tag = "\"\(SHA256.hash(bytes).hex.prefix(32))\""

    /// The Swift file that holds a description, as one literal: the compiler takes minutes for so many bytes in an array.
    package static func source(of document: JSONValue) -> String {
        """
        // swift-format-ignore-file
        // Made from openapi.json by the tests of the description; not edited by hand.
        extension OpenAPIDocument {
            static let text = #\"""
        \(document.canonicalText)
        \"""#
        }

        """
    }
}
