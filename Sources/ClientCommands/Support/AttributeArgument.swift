import AnnotationClient
import AnnotationModel
import ArgumentParser
import CommandSupport

/// `stance=pro` as it was typed. What follows the first `=` is the value, which the label types; nothing there removes
/// the attribute.
struct AttributeArgument: Sendable, Hashable {
    var key: String
    var value: String

    static func parse(_ text: String) throws -> AttributeArgument {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            throw ValidationError("write KEY=VALUE, as in stance=pro")
        }
        let key = String(text[..<equals])
        guard LabelAttribute.isValidKey(key) else {
            throw ValidationError("a key is 1 to 64 of a-z, 0-9 and _")
        }
        return AttributeArgument(key: key, value: String(text[text.utf8.index(after: equals)...]))
    }
}

extension [AttributeArgument] {
    /// What the library is told. A value may only be left empty, which removes it, where something stands already.
    func inputs(mayRemove: Bool) throws -> [String: AttributeInput] {
        var inputs: [String: AttributeInput] = [:]
        for argument in self {
            guard !argument.value.isEmpty || mayRemove else {
                throw CommandFailure.usage(
                    "the attribute \(argument.key) has no value; write \(argument.key)=VALUE")
            }
            let input: AttributeInput = argument.value.isEmpty ? .remove : .text(argument.value)
            guard inputs.updateValue(input, forKey: argument.key) == nil else {
                throw CommandFailure.usage("the attribute \(argument.key) is given twice")
            }
        }
        return inputs
    }
}
