"""Section 6.9: windows of both sides, of streams and of the connection."""

from hyperframe import frame as frames

from cases import case
from peer import FLOW_CONTROL, PROTOCOL, Ended

LARGEST = 0x7fff_ffff


@case("6.9", "an increment of 0 on a stream is an error of the stream or of the connection")
def zero_on_stream(world):
    with world.peer() as peer:
        peer.ask(path="/wait")
        peer.window(1, 0)
        assert peer.error() == PROTOCOL, peer.error()


@case("6.9", "an increment of 0 on the connection ends it")
def zero(world):
    with world.peer() as peer:
        peer.window(0, 0)
        peer.expect_end(PROTOCOL)


@case("6.9.1", "a window beyond 2^31-1 ends the connection where it is the connection's")
def overflow(world):
    with world.peer() as peer:
        peer.window(0, LARGEST)
        peer.expect_end(FLOW_CONTROL)


@case("6.9.1", "a window beyond 2^31-1 ends the stream where it is a stream's")
def overflow_of_stream(world):
    with world.peer() as peer:
        peer.ask(path="/wait")
        peer.window(1, LARGEST)
        peer.expect_reset(1, FLOW_CONTROL)


@case("6.9.1", "no octet more comes than the stream's window allows")
def bounded(world):
    with world.peer(settings={4: 10}) as peer:
        peer.ask(path="/octets/100")
        peer.wait(lambda one: isinstance(one, frames.DataFrame))
        for count in (10, 11, 100):
            peer.is_alive()
            assert len(peer.answers[1].content) == count, len(peer.answers[1].content)
            if count < 100:
                peer.window(1, {10: 1, 11: 89}[count])
                peer.wait(lambda one, before=count: len(peer.answers[1].content) > before)


@case("6.9.1", "no octet more comes than the connection's window allows, on all streams together")
def bounded_together(world):
    with world.peer(settings={4: 1_000_000}) as peer:
        for stream in (1, 3):
            peer.ask(stream, path="/octets/60000")

        def total():
            return sum(len(answer.content) for answer in peer.answers.values())
        peer.wait(lambda one: total() == 65_535)
        peer.is_alive()
        assert total() == 65_535, total()
        peer.window(0, 60_000)
        for stream in (1, 3):
            assert len(peer.answer(stream).content) == 60_000


@case("6.9.2", "windows may become negative, and nothing comes until they are not")
def negative(world):
    with world.peer(settings={4: 50}) as peer:
        peer.ask(path="/octets/100")
        peer.wait(lambda one: len(peer.answers[1].content) == 50)
        peer.setting((4, 20))
        peer.is_alive()
        peer.window(1, 30)
        peer.is_alive()
        assert len(peer.answers[1].content) == 50
        peer.window(1, 50)
        assert len(peer.answer().content) == 100


@case("6.9.2", "a first window that makes a stream's too large ends the connection or the stream")
def initial_overflow(world):
    with world.peer() as peer:
        peer.ask(path="/wait")
        peer.window(1, LARGEST - 65_535)
        peer.setting((4, 65_536))
        assert peer.error() == FLOW_CONTROL, peer.error()


@case("6.9.1", "content beyond the window is an error of the stream or of the connection")
def overrun(world):
    with world.peer() as peer:
        # The app reads none of it: sooner or later no room is left, and none is given.
        peer.ask(method="POST", path="/unread", ends=False)
        try:
            for _ in range(4_000):
                peer.data(1, b"x" * 16_384)
        except Ended:
            pass
        error = peer.error()
        with world.peer() as other:
            other.ask(path="/enough")
            other.answer()
        # The reset of a connection may overtake its words.
        assert error == FLOW_CONTROL or error is None and peer.is_over, error


@case("6.9", "content of a stream that is gone still counts, and its room comes back")
def discarded(world):
    with world.peer() as peer:
        sent = 0
        for index in range(40):
            stream = index * 2 + 1
            peer.ask(stream, "POST", ends=False, extra=[("Upper", "malformed")])
            for _ in range(4):
                # As a client would: never more than the connection's window has.
                peer.data(stream, b"x" * 16_000)
                sent += 16_000
            peer.is_alive()
        room = 65_535 + sum(
            one.window_increment for one in peer.frames
            if isinstance(one, frames.WindowUpdateFrame) and one.stream_id == 0)
        assert sent > 2_000_000 and room >= sent, (sent, room)
        peer.ask(1_001, "POST", ends=False)
        peer.data(1_001, b"fine", ends=True)
        assert peer.answer(1_001).text.endswith("fine")
