// hold-cluster DIR [USER]: a server that does nothing but own the private cluster in a directory, for tests that kill it.
// Started by root it goes on as USER once the cluster runs. SIGTERM ends it in an orderly way.
import Dispatch
import Glibc
import Logging
import PrivatePostgres

LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
let cluster = PrivateCluster(dataDirectory: CommandLine.arguments[1], logger: Logger(label: "hold-cluster"))
let running = try await cluster.start()
if CommandLine.arguments.count > 2 { try Privileges.drop(to: CommandLine.arguments[2]) }
let supervision = Task { try await running.supervise() }
signal(SIGTERM, SIG_IGN)
let termination = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .main)
termination.setEventHandler { supervision.cancel() }
termination.resume()
print(running.connections.owner)
try await supervision.value
await running.stop()
