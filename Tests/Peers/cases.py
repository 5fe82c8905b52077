"""The list of cases by section, and what they run in."""

import dataclasses
import time
import urllib.request

from peer import PATIENCE, Peer, Place

SECTIONS = {}


def case(section, what, is_single=False):
    """A function that is given a `World` and fails by an assertion. It is run once on each
    listener, or, as `is_single`, once for all of them."""
    def keep(function):
        SECTIONS.setdefault(section, []).append((what, function, is_single))
        return function
    return keep


@dataclasses.dataclass(frozen=True)
class World:
    """Where the case is run, and all listeners there are."""
    place: Place
    places: list
    """Where metrics are, and the process that a TERM ends gracefully."""
    admin: int
    pid: int

    def peer(self, place=None, **options):
        return Peer(place or self.place, **options)

    def asked(self):
        """How many whole requests the app has read."""
        with self.peer() as peer:
            peer.ask(path="/count")
            return int(peer.answer().text)

    def metrics(self, name):
        """The values of a metric."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=5) as page:
            lines = page.read().decode().splitlines()
        return [int(line.split()[-1]) for line in lines if line.startswith(name)]

    def floods(self):
        """What the metric says of connections that were ended as floods."""
        return self.metrics("bascule_http2_floods_total")[0]

    def rest(self):
        """Returns when nothing is in flight: what earlier cases have left has reached the app."""
        end = time.monotonic() + PATIENCE
        while any(self.metrics("bascule_requests_in_flight")):
            assert time.monotonic() < end, "requests stay in flight"
            time.sleep(0.02)

    def refuses(self, *errors, stream=1):
        """A block in which a peer does what its stream must not survive, nor the app see."""
        return Refusal(self, stream, errors)


class Refusal:
    def __init__(self, world, stream, errors):
        self.world, self.stream, self.errors = world, stream, errors

    def __enter__(self):
        self.before = self.world.asked()
        self.peer = self.world.peer()
        return self.peer

    def __exit__(self, kind, *_):
        with self.peer as peer:
            if kind:
                return
            peer.expect_reset(self.stream, *self.errors)
        after = self.world.asked()
        assert after == self.before, f"the app was asked {after - self.before} times"
