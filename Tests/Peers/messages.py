"""Sections 6.10, 8.1, 8.4 and 8.5: a request from its head to its end."""

from hyperframe import frame as frames

from cases import case
from peer import PROTOCOL, STREAM_CLOSED


@case("6.10", "a head in many parts is one head, and an empty part is a part")
def parts(world):
    with world.peer() as peer:
        block = peer.encoder.encode(peer.fields(extra=[("x-whole", "yes")]))
        third = len(block) // 3
        peer.send(
            frames.HeadersFrame(1, block[:third], flags=["END_STREAM"]),
            frames.ContinuationFrame(1, block[third:2 * third]),
            frames.ContinuationFrame(1, b""),
            frames.ContinuationFrame(1, block[2 * third:], flags=["END_HEADERS"]))
        assert "x-whole: yes\n" in peer.answer().text


@case("6.10", "a head in many parts is one head when it comes octet by octet, too")
def trickling(world):
    with world.peer() as peer:
        block = peer.encoder.encode(peer.fields(extra=[("x-whole", "yes")]))
        several = [frames.HeadersFrame(1, block[:1], flags=["END_STREAM"])]
        several += [frames.ContinuationFrame(1, block[at:at + 1]) for at in range(1, 8)]
        several.append(frames.ContinuationFrame(1, block[8:], flags=["END_HEADERS"]))
        for octet in b"".join(one.serialize() for one in several):
            peer.raw(bytes([octet]))
        assert "x-whole: yes\n" in peer.answer().text


@case("6.10", "CONTINUATION behind a complete head, or behind DATA, ends the connection")
def lone(world):
    for frame in ([], [frames.DataFrame(1, b"x")]):
        with world.peer() as peer:
            peer.ask(method="POST", ends=False)
            peer.send(*frame, frames.ContinuationFrame(1, b"", flags=["END_HEADERS"]))
            peer.expect_end(PROTOCOL)


@case("8.1", "trailers end a request, whose content has reached the app")
def trailers(world):
    with world.peer() as peer:
        peer.ask(method="POST", ends=False)
        peer.data(1, b"content")
        peer.send(peer.head(1, [("x-sum", "7")]))
        assert peer.answer().text.endswith("\n\ncontent")


@case("8.1", "trailers of an answer come behind its content and end it")
def answered_trailers(world):
    with world.peer() as peer:
        peer.ask(path="/trailers")
        answer = peer.answer()
        assert answer.text == "body" and answer.heads[-1] == [("x-sum", "7")], answer.heads


@case("8.1", "an interim answer comes before the answer")
def interim(world):
    with world.peer() as peer:
        peer.ask(path="/hints")
        answer = peer.answer()
        assert [dict(head)[":status"] for head in answer.heads] == ["103", "200"]


@case("8.1", "HEAD and 204 have no content, and end with their heads")
def no_content(world):
    with world.peer() as peer:
        for stream, method, path in [(1, "HEAD", "/"), (3, "GET", "/204")]:
            peer.ask(stream, method, path)
            answer = peer.answer(stream)
            assert answer.content == b"" and answer.is_whole
            assert not any(isinstance(one, frames.DataFrame) for one in peer.frames)


@case("8.1", "a second head that does not end the stream is malformed")
def second_head(world):
    with world.refuses(PROTOCOL) as peer:
        peer.ask(method="POST", ends=False)
        peer.data(1, b"x")
        peer.send(peer.head(1, [("x-more", "1")], ends=False))


def bad_trailer(what, fields):
    def function(world):
        with world.refuses(PROTOCOL) as peer:
            peer.ask(method="POST", ends=False)
            peer.data(1, b"x")
            peer.send(peer.head(1, fields))
    case("8.1", f"{what} among trailers is malformed")(function)


bad_trailer("a pseudo-field", [("x", "y"), (":path", "/")])
bad_trailer("a method", [(":method", "GET")])
bad_trailer("a capital", [("X-Sum", "1")])
bad_trailer("a field of a connection", [("connection", "close")])
bad_trailer("a line's end", [("x", "a\r\nb: c")])


@case("8.1", "DATA behind trailers is refused")
def data_after_trailers(world):
    with world.peer() as peer:
        peer.ask(method="POST", path="/wait", ends=False)
        peer.data(1, b"x")
        peer.send(peer.head(1, [("x-sum", "7")]))
        peer.data(1, b"more")
        assert peer.error() == STREAM_CLOSED, peer.error()


LENGTHS = [("more content than declared", "3", [b"abcd"], True),
           ("more in a second frame", "3", [b"abc", b"d"], False),
           ("less content than declared", "3", [b"ab"], True),
           ("no content where some is declared", "3", [b""], True)]


def wrong_length(declared, pieces, ends):
    def function(world):
        with world.refuses(PROTOCOL) as peer:
            peer.ask(method="POST", extra=[("content-length", declared)], ends=False)
            for piece in pieces:
                peer.data(1, piece, ends=ends and piece is pieces[-1])
    return function


for what, declared, pieces, ends in LENGTHS:
    case("8.1.1", f"{what} is malformed, and never looks whole to the app")(
        wrong_length(declared, pieces, ends))
for value in ("-1", "+1", "1, 1", "0x1", "1 1", "", "18446744073709551617"):
    case("8.1.1", f"a length of \"{value}\" is malformed")(wrong_length(value, [b"a"], True))


@case("8.1.1", "a length beside an end without content is malformed, and twice the same too")
def more_lengths(world):
    with world.refuses(PROTOCOL) as peer:
        peer.ask(method="POST", extra=[("content-length", "1")])
    with world.refuses(PROTOCOL) as peer:
        peer.ask(method="POST", extra=[("content-length", "1")] * 2, ends=False)
        peer.data(1, b"a", ends=True)


@case("8.1.1", "content where none is declared is malformed, and none of it reaches the app")
def some_of_none(world):
    with world.peer() as peer:
        peer.ask(method="POST", path="/wait", extra=[("content-length", "0")], ends=False)
        peer.data(1, b"a", ends=True)
        peer.expect_reset(1, PROTOCOL)


@case("8.1.1", "content as long as declared, in frames of one octet, is whole")
def right_length(world):
    with world.peer() as peer:
        peer.ask(method="POST", extra=[("content-length", "5")], ends=False)
        for octet in b"abcde":
            peer.data(1, bytes([octet]))
        peer.data(1, ends=True)
        text = peer.answer().text
        assert "content-length: 5\n" in text and text.endswith("\n\nabcde")


@case("8.4", "a client that pushes has its connection ended")
def push(world):
    with world.peer() as peer:
        peer.ask(method="POST", ends=False)
        peer.send(frames.PushPromiseFrame(1, 2, peer.encoder.encode(peer.fields()),
                                          flags=["END_HEADERS"]))
        peer.expect_end(PROTOCOL)


@case("8.4", "no answer pushes anything, allowed or not")
def no_push(world):
    with world.peer(settings={2: 1}) as peer:
        peer.ask(path="/hints")
        peer.answer()
        assert not any(isinstance(one, frames.PushPromiseFrame) for one in peer.frames)


@case("8.5", "CONNECT to an authority is not offered, and reaches no app")
def connect(world):
    before = world.asked()
    with world.peer() as peer:
        peer.ask(method="CONNECT", scheme=None, path=None, authority="a.test:22", ends=False)
        assert peer.answer().status == 501
        peer.is_alive()
    assert world.asked() == before


def bad_connect(what, **changed):
    def function(world):
        with world.refuses(PROTOCOL) as peer:
            peer.ask(method="CONNECT", ends=False, **changed)
    case("8.5", f"CONNECT {what} is malformed")(function)


bad_connect("with a scheme and a path")
bad_connect("with a path", scheme=None)
bad_connect("without an authority", scheme=None, path=None, authority=None)
