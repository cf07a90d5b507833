import AdminCommands

await AdminCommand.main()
