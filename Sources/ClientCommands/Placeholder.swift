enum ClientCommandsPlaceholder {}
