import Board
import Control
import Foundation
import Kernel
import Testing

/// What is left after a power loss: only what was synced, under names that were synced.
///
/// kill -9 says nothing about that, for the kernel lives on and writes everything. A shim before
/// libc keeps a second picture of the disk: a file as it was at its last fsync, a folder's names
/// as they were at its last fsync. After the end of all processes that picture is all there is.
@Suite("Power loss", .serialized, .timeLimit(.minutes(1)))
struct PowerLossTests {
    /// fsync(2) copies what is safe by then: a file under its inode, a folder as a list of names
    /// and inodes. Each picture is put in place by a rename, so that none is torn.
    private static let shim = """
        #define _GNU_SOURCE
        #include <dirent.h>
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>

        static void keep(int fd) {
            const char *disk = getenv("POWER_DISK"), *root = getenv("POWER_ROOT");
            char link[64], path[4096], draft[4096], final[4096];
            struct stat facts;
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
            ssize_t length = readlink(link, path, sizeof path - 1);
            if (!disk || !root || length < 0 || fstat(fd, &facts) != 0) return;
            path[length] = 0;
            if (strncmp(path, root, strlen(root)) != 0) return;
            snprintf(final, sizeof final, "%s/%lu", disk, (unsigned long)facts.st_ino);
            snprintf(draft, sizeof draft, "%s.%d", final, getpid());
            FILE *out = fopen(draft, "w");
            if (!out) return;
            if (S_ISDIR(facts.st_mode)) {
                DIR *folder = opendir(path);
                struct dirent *entry;
                while (folder && (entry = readdir(folder)))
                    if (entry->d_type == DT_REG)
                        fprintf(out, "%s %lu\\n", entry->d_name, (unsigned long)entry->d_ino);
                if (folder) closedir(folder);
            } else {
                char octets[65536];
                off_t at = 0;
                ssize_t count;
                while ((count = pread(fd, octets, sizeof octets, at)) > 0) {
                    fwrite(octets, 1, (size_t)count, out);
                    at += count;
                }
            }
            fclose(out);
            rename(draft, final);
        }

        int fsync(int fd) {
            int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
            int result = real(fd);
            if (result == 0) keep(fd);
            return result;
        }
        """

    /// A bascule on a disk that forgets.
    private struct Stage {
        let folder: Scratch
        let blue: ScriptedUpstream
        let green: ScriptedUpstream
        private let library: String

        init() throws {
            folder = try Scratch()
            blue = try ScriptedUpstream(ScriptedUpstream.answering("blue"))
            green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
            try FileManager.default.createDirectory(
                atPath: folder.file("disk"), withIntermediateDirectories: false)
            library = try Shim.compile(PowerLossTests.shim, in: folder)
        }

        func start(faults: String = "none=EIO") throws -> Bascule {
            let bascule = try Bascule(
                Configuration(blue: [blue], green: [green]),
                wrapper: [
                    "/usr/bin/env", "LD_PRELOAD=\(library)",
                    "POWER_DISK=\(folder.file("disk"))", "POWER_ROOT=\(folder.path)",
                    "BASCULE_FAULTS=\(faults)",
                ], folder: folder)
            try bascule.waitForHealth()
            return bascule
        }

        /// Ends all processes at once; the state folder has then what was synced, and no more.
        func losePower(_ bascule: Bascule) throws {
            let roles = bascule.roles
            bascule.program.kill()
            _ = try bascule.program.ending()
            for role in roles where ProcessFacts.isRunning(role.pid) {
                ChildProcess.send(.kill, to: role.pid)
            }
            try Wait.until("all are gone") { !roles.contains { ProcessFacts.isRunning($0.pid) } }
            let state = folder.file("state")
            let inode = try number(of: state)
            try FileManager.default.moveItem(atPath: state, toPath: state + "-before-\(inode)")
            try FileManager.default.createDirectory(
                atPath: state, withIntermediateDirectories: false)
            var names = ""
            for line in folder.text(of: "disk/\(inode)").split(separator: "\n") {
                let words = line.split(separator: " ")
                let kept = folder.text(of: "disk/\(words[1])")
                try folder.write(kept, to: "state/\(words[0])")
                // What a power loss has left is on the disk, under its new numbers.
                let number = try number(of: "\(state)/\(words[0])")
                try folder.write(kept, to: "disk/\(number)")
                names += "\(words[0]) \(number)\n"
            }
            try folder.write(names, to: "disk/\(try number(of: state))")
        }

        private func number(of path: String) throws -> Int {
            let facts = try FileManager.default.attributesOfItem(atPath: path)
            return try #require(facts[.systemFileNumber] as? Int)
        }
    }

    @Test("A switch that was acknowledged is there after a power loss, each time")
    func acknowledged() throws {
        let stage = try Stage()
        for color in ["green", "blue", "green"] {
            let bascule = try stage.start()
            #expect(try bascule.run("switch", color).code == 0)
            try stage.losePower(bascule)
            let after = try stage.start()
            #expect(try after.get("/").text == color)
            let history = try after.run("history")
            #expect(history.output.contains("switch"), "\(color): \(history)")
            try after.stop()
        }
    }

    @Test("A power loss between the decision and the change leaves a color, and a sound journal")
    func decided() throws {
        let stage = try Stage()
        let bascule = try stage.start(faults: "switch.swap=stop")
        let command = try bascule.start(["switch", "green"])
        try Wait.until("the decision is written") {
            stage.folder.text(of: "state/journal.jsonl").contains("\"decision\"")
        }
        let controller = try bascule.pid(of: "controller")
        try Wait.until("the controller stands before the change") {
            ProcessFacts.status(of: controller)["State"]?.hasPrefix("T") == true
        }
        try stage.losePower(bascule)
        command.kill()
        let after = try stage.start()
        // Nobody was told yet: the decision that is on the disk counts.
        #expect(try after.get("/").text == "green")
        #expect(try after.run("switch", "blue").code == 0)
    }
}
