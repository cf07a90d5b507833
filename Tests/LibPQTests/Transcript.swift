import LibPQ
import Testing

/// A conversation as it is written down: what happened, and what the machine then wants.
typealias Line = (event: WireEvent<String>, action: WireAction)

/// Plays the lines against the machine, and checks each of its wishes.
func play<M: WireMachine>(
    _ machine: inout M, from first: WireAction, _ lines: [Line], sourceLocation: SourceLocation = #_sourceLocation
) where M.Output == String {
    #expect(machine.start() == first, sourceLocation: sourceLocation)
    for (number, line) in lines.enumerated() {
        let action = machine.handle(line.event)
        #expect(action == line.action, "line \(number): \(line.event)", sourceLocation: sourceLocation)
    }
}
