enum AdminCommandsPlaceholder {}
