import ClientCommands

await ClientCommand.runProcess()
