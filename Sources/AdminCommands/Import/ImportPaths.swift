import AnnotationServices
import CommandSupport
import Glibc

/// The files that the arguments of an import name.
enum ImportPaths {
    /// Files as they are, the files of a folder and its folders in the order of their names; hidden ones are left out.
    static func sources(_ paths: [String]) throws -> [ImportSource] {
        var sources: [ImportSource] = []
        for path in paths {
            if path == "-" {
                sources.append(try source(path))
            } else if isFolder(path) {
                sources += try folder(path)
            } else {
                sources.append(try source(path))
            }
        }
        guard !sources.isEmpty else {
            throw CommandFailure.usage("there is no file in \(paths.joined(separator: ", "))")
        }
        return sources
    }

    private static func source(_ path: String) throws -> ImportSource {
        do throws(ImportSourceError) {
            return try ImportSource(path: path)
        } catch {
            throw CommandFailure.usage(error.message)
        }
    }

    private static func folder(_ path: String) throws -> [ImportSource] {
        guard let stream = opendir(path) else {
            throw CommandFailure.usage("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        let prefix = path.hasSuffix("/") ? path : path + "/"
        return try names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.flatMap { name in
            // A link is followed to a file, never to a folder: no way out and no circle.
            isFolder(prefix + name)
                ? (isLink(prefix + name) ? [] : try folder(prefix + name)) : [try source(prefix + name)]
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }
}
