"""The kept inputs of the fuzzers, as text: base64, an empty line between two inputs.

    corpus.py unpack TARGET FOLDER    every kept input into a file of its own
    corpus.py pack TARGET FOLDER      the smallest files of a folder become TARGET-found.txt

The other file of a target holds its seeds, from the table of bad requests.
"""

import base64
import hashlib
import pathlib
import sys
import textwrap

HERE = pathlib.Path(__file__).parent / "corpus"
COLUMNS = 96
LINES_MAX = 390


def unpack(target, folder):
    for file in sorted(HERE.glob(f"{target}*.txt")):
        for text in file.read_text().split("\n\n"):
            octets = base64.b64decode(text)
            if octets:
                (folder / hashlib.sha1(octets).hexdigest()).write_bytes(octets)


def pack(target, folder):
    inputs = sorted((p.read_bytes() for p in folder.iterdir()), key=lambda o: (len(o), o))
    entries, lines = [], 0
    for octets in inputs:
        if not octets:
            continue
        wrapped = textwrap.wrap(base64.b64encode(octets).decode(), COLUMNS)
        lines += len(wrapped) + 1
        if lines > LINES_MAX:
            break
        entries.append("\n".join(wrapped))
    (HERE / f"{target}-found.txt").write_text("\n\n".join(entries) + "\n")
    print(f"{target}: {len(entries)} of {len(inputs)} inputs kept")


def main():
    commands = {"pack": pack, "unpack": unpack}
    if len(sys.argv) != 4 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](sys.argv[2], pathlib.Path(sys.argv[3]))


main()
