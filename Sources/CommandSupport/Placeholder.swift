enum CommandSupportPlaceholder {}
