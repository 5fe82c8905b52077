"""Section 10.5: what costs a server more than its client. Each ends with ENHANCE_YOUR_CALM after
bounded work, is counted, and the next client is served. A client at work reaches none of them."""

from hyperframe import frame as frames

from cases import case
from peer import CALM, NO_ERROR, Ended

# Many more than any budget has: they are never all taken.
MANY = 20_000
AT_ONCE = 100


def flood(what, frame, before=lambda peer: None):
    """`frame` gives the octets of one turn, its number given."""
    def function(world):
        counted = world.floods()
        asked = world.asked()
        with world.peer() as peer:
            before(peer)
            try:
                for first in range(0, MANY, AT_ONCE):
                    peer.raw(b"".join(frame(peer, first + one) for one in range(AT_ONCE)))
                peer.wait(lambda one: isinstance(one, frames.GoAwayFrame) and one.error_code)
            except Ended:
                # What is on its way when the connection closes may reset it, words and all.
                pass
            # A client that says goodbye is told its last request first.
            assert not peer.goaway or peer.goaway.error_code in (CALM, NO_ERROR), peer.goaway
        assert world.floods() == counted + 1, "it is not counted"
        assert world.asked() - asked < 1_500, "the app had all of it"
    case("10.5", f"{what}: ended and counted, and the next client is served")(function)


def stream(number):
    return number * 2 + 1


def get(peer, number, **changed):
    return peer.head(stream(number), peer.fields(**changed)).serialize()


def window(number, count):
    return b"\0\0\x04\x08\0" + number.to_bytes(4, "big") + count.to_bytes(4, "big")


def opened(peer):
    peer.ask(method="POST", ends=False)


flood("rapid reset", lambda peer, number:
      get(peer, number, path="/wait") + frames.RstStreamFrame(stream(number), 8).serialize())
# MadeYouReset: mistakes that end a stream which is already at work. An increment of 0 is a mistake
# that ends the connection here (section 6.9), so that nothing can be made of it.
flood("resets provoked by windows that overflow", lambda peer, number:
      get(peer, number, path="/wait") + window(stream(number), 0x7fff_ffff))
flood("resets provoked by content that is longer than declared", lambda peer, number:
      peer.head(stream(number), peer.fields("POST", extra=[("content-length", "1")]),
                ends=False).serialize()
      + frames.DataFrame(stream(number), b"four").serialize())
flood("resets provoked by malformed heads", lambda peer, number:
      get(peer, number, extra=[("Upper", "x")]))
flood("settings", lambda peer, number: frames.SettingsFrame(0).serialize())
flood("settings that change windows", lambda peer, number:
      frames.SettingsFrame(0, settings={4: number % 1_000}).serialize(), opened)
flood("pings", lambda peer, number: frames.PingFrame(0, b"12345678").serialize())
flood("answers to pings that nobody sent", lambda peer, number:
      frames.PingFrame(0, b"12345678", flags=["ACK"]).serialize())
flood("openings of the connection's window", lambda peer, number: window(0, 1))
flood("openings of a stream's window", lambda peer, number: window(1, 1), opened)
flood("priorities", lambda peer, number:
      frames.PriorityFrame(stream(number % 1_000), depends_on=0).serialize())
flood("empty content", lambda peer, number: frames.DataFrame(1, b"").serialize(), opened)
flood("padding and nothing else", lambda peer, number:
      frames.DataFrame(1, b"", pad_length=0, flags=["PADDED"]).serialize(), opened)
flood("frames of unknown types", lambda peer, number: b"\0\0\0\xfa\0\0\0\0\0")
flood("large frames of unknown types", lambda peer, number:
      b"\0\x3f\xff\xfa\0\0\0\0\0" + b"x" * 0x3fff)
flood("goodbyes", lambda peer, number: frames.GoAwayFrame(0, 0, 0).serialize(), opened)
flood("resets of streams that are over", lambda peer, number:
      frames.RstStreamFrame(1, 8).serialize(), lambda peer: (peer.ask(), peer.answer()))


@case("10.5", "a head that never ends (CONTINUATION): ended and counted")
def continuation(world):
    counted = world.floods()
    with world.peer() as peer:
        try:
            peer.send(frames.HeadersFrame(1, b""))
            for _ in range(2_000):
                peer.send(frames.ContinuationFrame(1, b"\0\x01x\x01y" * 500))
        except Ended:
            pass
        try:
            peer.expect_end(CALM)
        except AssertionError:
            # The reset of a connection may overtake its words.
            assert peer.is_over and not peer.goaway, peer.goaway
    assert world.floods() == counted + 1


@case("10.5", "a head that never ends in empty parts: ended and counted")
def empty_continuation(world):
    counted = world.floods()
    with world.peer() as peer:
        try:
            peer.send(frames.HeadersFrame(1, b""))
            for _ in range(2_000):
                peer.send(frames.ContinuationFrame(1, b""))
        except Ended:
            pass
        try:
            peer.expect_end(CALM)
        except AssertionError:
            assert peer.is_over and not peer.goaway, peer.goaway
    assert world.floods() == counted + 1


# A field of 4000 octets that enters the table; each further octet is that field again.
BOMB = b"\x40\x01x\x7f\xa1\x1e" + b"y" * 4_000
AGAIN = b"\xbe"


def plain(world):
    """A request's pseudo-fields, none of which enters a table."""
    scheme = 0x87 if world.place.authority else 0x86
    return bytes([0x82, scheme, 0x84, 0x01, 6]) + b"a.test"


@case("10.5", "an HPACK bomb is refused with 431, and takes nothing from the streams beside it")
def bomb(world):
    before = world.asked()
    with world.peer() as peer:
        peer.frame(0x1, 1, plain(world) + BOMB + AGAIN * 10_000, 0x5)
        assert peer.answer().status == 431
        peer.ask(3, extra=[("x", "small")])
        assert peer.answer(3).status == 200
    assert world.asked() == before + 1


@case("10.5", "bombs one after the other end the connection or are each refused")
def bombs(world):
    before = world.asked()
    with world.peer() as peer:
        try:
            peer.frame(0x1, 1, plain(world) + BOMB, 0x5)
            for number in range(1, 60):
                peer.frame(0x1, stream(number), plain(world) + AGAIN * 16_000, 0x5)
            for number in range(1, 60):
                assert peer.answer(stream(number)).status == 431
        except Ended:
            assert not peer.goaway or peer.goaway.error_code == CALM
    assert world.asked() == before + 1


@case("10.5", "more settings in one frame than mean anything: ended and counted")
def settings(world):
    counted = world.floods()
    with world.peer() as peer:
        peer.setting(*[(0x100 + number, 1) for number in range(1_000)])
        peer.expect_end(CALM)
    assert world.floods() == counted + 1


@case("10.5", "a page of a hundred requests that is left at once is no flood")
def page(world):
    counted = world.floods()
    with world.peer() as peer:
        for number in range(100):
            peer.ask(stream(number), path="/wait")
        for number in range(100):
            peer.reset(stream(number))
        peer.ask(stream(100))
        assert peer.answer(stream(100)).status == 200
    assert world.floods() == counted
