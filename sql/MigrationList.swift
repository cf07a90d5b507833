package enum MigrationList {}
