"""RFC 9113, section by section, against a server that runs: what it has to take and to refuse.

    rfc9113.py SECTION --plain PORT --tls PORT --authority FILE --admin PORT --pid PID
    rfc9113.py --list

Every case is run by prior knowledge and over TLS, and prints a line, `ok` or `not ok`. Exits with 1
where one is not. Behind the server an app answers with what it got (Tests/Scenarios/HTTP2).
"""

import argparse
import sys
import traceback

import floods  # noqa: F401
import flow  # noqa: F401
import framing  # noqa: F401
import good  # noqa: F401
import heads  # noqa: F401
import messages  # noqa: F401
import streams  # noqa: F401
from cases import SECTIONS, World
from peer import Place


def run(what, function, world):
    try:
        function(world)
    except Exception as failure:  # Whatever it is, it is this case's.
        where = traceback.extract_tb(failure.__traceback__)[-1]
        words = " ".join(f"{type(failure).__name__}: {failure}: {where.line}".split())[:500]
        print(f"not ok {world.place.scheme}: {what}: {words}", flush=True)
        return False
    print(f"ok {world.place.scheme}: {what}", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("section", nargs="?")
    parser.add_argument("--list", action="store_true")
    for name in ("--plain", "--tls", "--admin", "--pid"):
        parser.add_argument(name, type=int)
    parser.add_argument("--authority")
    options = parser.parse_args()
    if options.list:
        print("\n".join(SECTIONS))
        return
    places = [Place(options.plain), Place(options.tls, options.authority)]
    results = [
        run(what, function, World(place, places, options.admin, options.pid))
        for what, function, is_single in SECTIONS[options.section]
        for place in (places[:1] if is_single else places)
    ]
    print(f"{sum(results)} of {len(results)} cases of section {options.section}")
    sys.exit(0 if all(results) else 1)


main()
