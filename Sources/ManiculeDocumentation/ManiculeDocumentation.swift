// This target holds the project's documentation catalogue, and no code.
