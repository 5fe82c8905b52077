"""Takes one weighty line out at a time, and asks whether a test says so.

    python3 -B Tests/Mutations/mutate.py [--only WORDS] [--folder FOLDER]

Each entry of mutations.json is a file, an exact text in it (in pieces), what stands there instead,
and the tests that have to fail then. It is done in a copy of the repository, with a manifest that
keeps only what those tests need: first as it is, where they have to pass, then with each mutation.
A mutation that no test fails for has survived, which is a fault of the tests: the exit code is 1.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# A mutant may hang: nobody ends a hold any more, say.
TEST_SECONDS_MAX = 600
BUILD_SECONDS_MAX = 7200

# Appended to Package.swift: only what the wanted tests need.
PRUNE = """
var kept: Set = ["@ROOM@"]
var isGrowing = true
while isGrowing {
    let before = kept.count
    for target in package.targets where kept.contains(target.name) {
        for dependency in target.dependencies {
            switch dependency {
            case .byNameItem(let name, _), .targetItem(let name, _): kept.insert(name)
            default: break
            }
        }
    }
    isGrowing = kept.count > before
}
package.targets.removeAll { !kept.contains($0.name) }
package.products.removeAll()
"""


def run(folder, *words, seconds):
    """(exit code, what it said); a run that takes too long ends with 124."""
    process = subprocess.Popen(
        ["timeout", "--kill-after=10", str(seconds), *words], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    said, _ = process.communicate()
    if process.returncode == 124:
        end_all_of(folder)
    return process.returncode, said


def end_all_of(folder):
    """Ends what runs executables of the copy: tests start processes that outlive them."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "exe").readlink().is_relative_to(folder):
                os.kill(int(entry.name), signal.SIGKILL)
        except OSError:
            # It has ended, or is somebody else's.
            continue


class Copy:
    """The repository in a folder of its own, for the tests of one room."""

    def __init__(self, folder):
        self.folder = folder
        copied = shutil.ignore_patterns(".build", ".git")
        shutil.copytree(ROOT, folder, ignore=copied, dirs_exist_ok=True, symlinks=True)
        # The dependencies' sources, so that nothing is loaded again.
        for name in ("checkouts", "repositories", "artifacts"):
            source = ROOT / ".build" / name
            if source.exists() and not (folder / ".build" / name).exists():
                shutil.copytree(source, folder / ".build" / name, symlinks=True)
        state = ROOT / ".build/workspace-state.json"
        if state.exists():
            shutil.copy(state, folder / ".build/workspace-state.json")
        self.manifest = (folder / "Package.swift").read_text()

    def keep(self, room):
        (self.folder / "Package.swift").write_text(self.manifest + PRUNE.replace("@ROOM@", room))

    def build(self):
        code, said = run(
            self.folder, "swift", "build", "--build-tests", "--disable-automatic-resolution",
            seconds=BUILD_SECONDS_MAX)
        return code == 0, said

    def test(self, filter):
        return run(
            self.folder, "swift", "test", "--skip-build", "--disable-xctest", "--no-parallel",
            "--disable-automatic-resolution", "--filter", filter, seconds=TEST_SECONDS_MAX)


def failures(said):
    """The names of tests that failed; the suites and the run are no tests."""
    pattern = r"^\S+ Test (?!run)(.+?) (?:failed after|with \d+ test cases? failed)"
    return re.findall(pattern, said, re.M)


def has_run(said):
    found = re.search(r"Test run with (\d+) test", said)
    return found is not None and int(found[1]) > 0


def judge(copy, mutation):
    """What came of one mutation: (caught, in words)."""
    file = copy.folder / mutation["file"]
    text = file.read_text()
    old, new = "".join(mutation["text"]), "".join(mutation["by"])
    if text.count(old) != 1:
        return False, f"stale: its text stands {text.count(old)} times in the file"
    file.write_text(text.replace(old, new))
    try:
        is_built, said = copy.build()
        if not is_built:
            return False, "does not compile: " + " ".join(re.findall(r"error: .*", said)[:2])
        code, said = copy.test(mutation["caught_by"])
    finally:
        file.write_text(text)
    if code == 124:
        return True, "caught: the tests did not end"
    if code == 0:
        return False, "SURVIVED"
    names = failures(said)
    if not names and not re.search(r"signal code|Fatal error", said):
        return False, f"the tests did not run: {said[-300:]}"
    return True, f"caught by {names[0] if names else 'a crash'}"


def main():
    parser = argparse.ArgumentParser(description="Each test fails when its code is taken out")
    parser.add_argument("--only", default="", help="of those that say this, or change such a file")
    parser.add_argument("--folder", type=pathlib.Path, help="kept, to go on faster another time")
    options = parser.parse_args()
    rooms = collections.defaultdict(list)
    for mutation in json.loads((ROOT / "Tests/Mutations/mutations.json").read_text()):
        if options.only in mutation["says"] or options.only in mutation["file"]:
            rooms[mutation["caught_by"].lstrip("^").split("\\")[0]].append(mutation)
    caught = count = 0
    with tempfile.TemporaryDirectory() as scratch:
        for room, mutations in rooms.items():
            copy = Copy((options.folder or pathlib.Path(scratch)) / room)
            copy.keep(room)
            is_built, said = copy.build()
            if not is_built:
                sys.exit(f"{room} does not build: {said[-2000:]}")
            for filter in sorted({mutation["caught_by"] for mutation in mutations}):
                code, said = copy.test(filter)
                if code != 0 or not has_run(said):
                    sys.exit(f"{filter} does not pass without any mutation: {said[-2000:]}")
            for mutation in mutations:
                is_caught, words = judge(copy, mutation)
                caught += is_caught
                count += 1
                print(f"{mutation['says']}: {words}", flush=True)
    print(f"{caught} of {count} mutations were caught")
    sys.exit(0 if count and caught == count else 1)


if __name__ == "__main__":
    main()
