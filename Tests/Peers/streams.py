"""Section 5, and the frames of section 6 that are about streams: states, numbers, resets."""

import os
import signal

from hyperframe import frame as frames

from cases import case
from peer import (CANCEL, FLOW_CONTROL, FRAME_SIZE, NO_ERROR, PROTOCOL, REFUSED, STREAM_CLOSED,
                  Ended)


def idle(what, send):
    def function(world):
        with world.peer() as peer:
            send(peer)
            peer.expect_end(PROTOCOL, STREAM_CLOSED)
    case("5.1", f"{what} on a stream that never began ends the connection")(function)


idle("DATA", lambda peer: peer.data(1, b"x"))
idle("RST_STREAM", lambda peer: peer.reset(1))
idle("WINDOW_UPDATE", lambda peer: peer.window(1, 1))
idle("CONTINUATION", lambda peer: peer.frame(0x9, 1, b"", 0x4))


@case("5.1", "DATA after a stream's end is refused, and none of it reaches the app")
def data_after_end(world):
    with world.peer() as peer:
        peer.ask(path="/wait")
        peer.data(1, b"more")
        assert peer.error() == STREAM_CLOSED, peer.error()


@case("5.1", "a head after a stream's end is refused, and the app gets no second request")
def head_after_end(world):
    world.rest()
    before = world.asked()
    with world.peer() as peer:
        peer.ask(path="/wait")
        peer.ask(1, path="/second")
        assert peer.error() == STREAM_CLOSED, peer.error()
    assert world.asked() <= before + 1


@case("5.1", "a head on a stream that is over is passed over or refused, and no request")
def head_after_all(world):
    before = world.asked()
    with world.peer() as peer:
        peer.ask()
        peer.answer()
        peer.ask(1)
        try:
            peer.is_alive()
        except Ended:
            assert peer.goaway.error_code in (PROTOCOL, STREAM_CLOSED), peer.goaway
    assert world.asked() == before + 1


@case("5.1", "what comes after our own reset is taken without another one")
def after_our_reset(world):
    with world.peer() as peer:
        peer.send(peer.head(1, peer.fields("POST", extra=[("Upper", "x")]), ends=False))
        peer.expect_reset(1, PROTOCOL)
        peer.data(1, b"on its way")
        peer.window(1, 10)
        peer.reset(1)
        peer.is_alive()
        count = sum(isinstance(one, frames.RstStreamFrame) for one in peer.frames)
        assert count == 1 and not peer.goaway, peer.frames


@case("5.1.1", "an even number ends the connection")
def even(world):
    with world.peer() as peer:
        peer.ask(2)
        peer.expect_end(PROTOCOL)


@case("5.1.1", "a number below one that was used ends the connection, and is never served")
def falling(world):
    before = world.asked()
    with world.peer() as peer:
        peer.ask(5)
        peer.answer(5)
        peer.ask(3)
        peer.expect_end(PROTOCOL)
    assert world.asked() == before + 1


@case("5.1.1", "numbers may be passed over, up to the largest")
def passed_over(world):
    with world.peer() as peer:
        for stream in (1, 1_001, 0x7fff_ffff):
            peer.ask(stream)
            assert peer.answer(stream).status == 200


@case("5.1.2", "the announced number of streams is served at once, and one more is refused")
def concurrency(world):
    with world.peer() as peer:
        ours = peer.wait(lambda one: isinstance(one, frames.SettingsFrame) and one.settings)
        most = ours.settings[frames.SettingsFrame.MAX_CONCURRENT_STREAMS]
        assert 100 <= most <= 1_000, most
        for index in range(most):
            peer.ask(index * 2 + 1, "POST", ends=False)
        before = world.asked()
        extra = most * 2 + 1
        peer.ask(extra, path="/refused")
        assert peer.error(extra) in (REFUSED, PROTOCOL), peer.error(extra)
        if not peer.goaway:
            for index in range(most):
                peer.data(index * 2 + 1, b"x", ends=True)
            for index in range(most):
                assert peer.answer(index * 2 + 1).status == 200
            assert world.asked() == before + most


@case("5.3", "priorities are read and mean nothing, of streams that are and that are not")
def priorities(world):
    with world.peer() as peer:
        peer.send(frames.PriorityFrame(5, depends_on=3, stream_weight=9, exclusive=True))
        peer.ask()
        peer.frame(0x10, 0, b"\0\0\0\x01u=1")
        assert peer.answer().status == 200


@case("5.4.2", "a reset is not answered by a reset")
def no_reset_back(world):
    with world.peer() as peer:
        peer.ask(method="POST", ends=False)
        peer.reset(1)
        peer.data(1, b"late")
        peer.reset(1)
        peer.is_alive()
        assert not any(isinstance(one, frames.RstStreamFrame) for one in peer.frames)


ON_ZERO = [("DATA", 0x0, b"x"), ("HEADERS", 0x1, b"\x82"), ("PRIORITY", 0x2, b"\0" * 5),
           ("RST_STREAM", 0x3, b"\0" * 4), ("CONTINUATION", 0x9, b"")]
ON_STREAM = [("SETTINGS", 0x4, b""), ("PING", 0x6, b"\0" * 8), ("GOAWAY", 0x7, b"\0" * 8)]
NUMBERS = {"DATA": "6.1", "HEADERS": "6.2", "PRIORITY": "6.3", "RST_STREAM": "6.4",
           "SETTINGS": "6.5", "PING": "6.7", "GOAWAY": "6.8", "CONTINUATION": "6.10"}


def misplaced(name, kind, payload, stream):
    def function(world):
        with world.peer() as peer:
            peer.ask(method="POST", ends=False)
            peer.frame(kind, stream, payload, 0x4 if kind in (0x1, 0x9) else 0)
            peer.expect_end(PROTOCOL)
    case(NUMBERS[name], f"{name} on stream {stream} ends the connection")(function)


for name, kind, payload in ON_ZERO:
    misplaced(name, kind, payload, 0)
for name, kind, payload in ON_STREAM:
    misplaced(name, kind, payload, 1)


@case("6.1", "padding is left out, and more padding than there is ends the connection")
def padding(world):
    with world.peer() as peer:
        peer.ask(method="POST", ends=False)
        peer.data(1, b"content", pad_length=200)
        peer.send(frames.DataFrame(1, b"!", pad_length=0, flags=["PADDED", "END_STREAM"]))
        assert peer.answer().text.endswith("\n\ncontent!")
        peer.ask(3, "POST", ends=False)
        peer.frame(0x0, 3, b"\x05four", 0x8)
        peer.expect_end(PROTOCOL)


@case("6.2", "a padded head with a priority is a head, and too much padding ends the connection")
def padded_head(world):
    with world.peer() as peer:
        block = peer.encoder.encode(peer.fields())
        peer.frame(0x1, 1, b"\x03" + b"\0\0\0\0\x0f" + block + b"\0\0\0", 0x2d)
        assert peer.answer().status == 200
        peer.frame(0x1, 3, b"\xff" + block, 0xd)
        peer.expect_end(PROTOCOL)


@case("6.5", "an acknowledgement with content ends the connection")
def full_acknowledgement(world):
    with world.peer() as peer:
        peer.frame(0x4, 0, b"\0\x01\0\0\0\0", 0x1)
        peer.expect_end(FRAME_SIZE)


VALUES = [("ENABLE_PUSH", 2, 2, PROTOCOL), ("INITIAL_WINDOW_SIZE", 4, 0x8000_0000, FLOW_CONTROL),
          ("MAX_FRAME_SIZE", 5, 16_383, PROTOCOL), ("MAX_FRAME_SIZE", 5, 16_777_216, PROTOCOL),
          ("ENABLE_CONNECT_PROTOCOL", 8, 2, PROTOCOL)]


def out_of_range(number, value, error):
    def function(world):
        with world.peer() as peer:
            peer.setting((number, value))
            peer.expect_end(error)
    return function


for name, number, value, error in VALUES:
    case("6.5.2", f"{name} of {value} ends the connection")(out_of_range(number, value, error))


@case("6.5.3", "each SETTINGS is acknowledged once, and of one value twice the last one counts")
def each(world):
    with world.peer() as peer:
        peer.setting((4, 1), (4, 100))
        peer.setting()
        peer.ask(path="/octets/50")
        assert len(peer.answer().content) == 50
        count = sum(isinstance(one, frames.SettingsFrame) and "ACK" in one.flags
                    for one in peer.frames)
        assert count == 3, count


@case("6.7", "a ping is answered with its octets, and an answer is not answered")
def ping(world):
    with world.peer() as peer:
        peer.is_alive()
        peer.send(frames.PingFrame(0, b"87654321", flags=["ACK"]))
        peer.is_alive()
        assert not any(isinstance(one, frames.PingFrame) and one.opaque_data == b"87654321"
                       for one in peer.frames)


@case("6.8", "a client that goes away still gets the answers to what it asked")
def client_leaves(world):
    with world.peer() as peer:
        peer.ask(path="/octets/100000")
        peer.send(frames.GoAwayFrame(0, 0, NO_ERROR))
        peer.window(0, 100_000)
        peer.window(1, 100_000)
        assert len(peer.answer().content) == 100_000
        assert (peer.goaway.last_stream_id, peer.goaway.error_code) == (1, NO_ERROR), peer.goaway
        peer.expect_end(NO_ERROR)


@case("6.8", "a client that goes away is told which request was its last, and that none came after")
def farewell(world):
    before = world.asked()
    with world.peer() as peer:
        peer.ask()
        peer.answer()
        peer.send(frames.GoAwayFrame(0, 0, NO_ERROR), peer.head(3, peer.fields()))
        peer.expect_end(NO_ERROR)
        answered = 1 + peer.answers[3].is_whole
        assert peer.goaway.last_stream_id == answered * 2 - 1, peer.goaway
    assert world.asked() == before + answered


@case("6.8", "what a client says of streams that the server never opened is not looked at")
def goes_with_any_number(world):
    for last in (1, 2, 0x7fff_ffff):
        with world.peer() as peer:
            peer.ask(path="/wait")
            peer.send(frames.GoAwayFrame(0, last, NO_ERROR))
            assert peer.answer().status == 200
            peer.expect_end(NO_ERROR)


@case("6.8", "a client that goes away before it asked anything is let go")
def goes_at_once(world):
    with world.peer() as peer:
        peer.send(frames.GoAwayFrame(0, 0, NO_ERROR))
        peer.expect_end(NO_ERROR)
        assert peer.goaway.last_stream_id == 0, peer.goaway


@case("8.7", "a request that is taken back before it is whole never reaches the app")
def taken_back(world):
    before = world.asked()
    with world.peer() as peer:
        peer.ask(method="POST", extra=[("content-length", "5")], ends=False)
        peer.data(1, b"four")
        peer.reset(1, CANCEL)
        peer.is_alive()
    assert world.asked() == before


@case("6.8 stop", "a stop announces its end, serves what comes, names the last, and ends", True)
def stop(world):
    peers = [world.peer(place=place) for place in world.places]
    for peer in peers:
        peer.ask(method="POST", ends=False)
        peer.is_alive()
    os.kill(world.pid, signal.SIGTERM)
    for peer in peers:
        first = peer.wait(lambda one: isinstance(one, frames.GoAwayFrame))
        assert (first.last_stream_id, first.error_code) == (0x7fff_ffff, NO_ERROR), first
        # Sent before the client knew: it is served.
        peer.ask(3)
        assert peer.answer(3).status == 200
    for peer in peers:
        last = peer.wait(lambda one: isinstance(one, frames.GoAwayFrame)
                         and one.last_stream_id < 0x7fff_ffff)
        assert (last.last_stream_id, last.error_code) == (3, NO_ERROR), last
        peer.data(1, b"the rest", ends=True)
        assert peer.answer(1).text.endswith("the rest")
        try:
            peer.wait(lambda one: False)
        except Ended as ended:
            assert str(ended) == "closed", ended
