import Foundation

/// Where a clone keeps its things: `DIR/.manicule`, readable by its owner alone.
///
/// - `clone.sqlite`: rows, outbox, journal and cursor, in one file (with SQLite's `-wal` and `-shm` beside it);
/// - `token`: the server's token, mode 0600, in no other file and in no log;
/// - `lock`: held by `flock` while a sync runs.
struct CloneDirectory: Sendable {
    let path: String

    var folder: String { path + "/.manicule" }
    var database: String { folder + "/clone.sqlite" }
    var tokenFile: String { folder + "/token" }
    var lockFile: String { folder + "/lock" }

    init(_ path: String) {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    }

    /// The nearest directory, upwards from `start`, that is a clone.
    static func nearest(to start: String) -> CloneDirectory? {
        var path = CloneDirectory(start).path
        while true {
            let candidate = CloneDirectory(path)
            if candidate.exists { return candidate }
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
            guard parent.utf8.count < path.utf8.count else { return nil }
            path = parent
        }
    }

    var exists: Bool { FileManager.default.fileExists(atPath: database) }

    /// Makes the directories that are missing; true when there was no `.manicule` yet.
    func make() throws -> Bool {
        let manager = FileManager.default
        if manager.fileExists(atPath: folder) { return false }
        do {
            try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
            try manager.createDirectory(
                atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ClientError(
                .environment, "no_directory", "the directory \(folder) cannot be made", detail: "\(error)")
        }
        return true
    }

    /// Takes away what an attempt left that never reached the server.
    func removeFolder() {
        do { try FileManager.default.removeItem(atPath: folder) } catch {
            // Nothing depends on it: the next attempt goes on from what is there.
        }
    }
}
