import Testing

/// Everything about a clone's file, on real SQLite. One after another: fail points belong to the whole process.
@Suite(.serialized)
enum CloneTests {}
