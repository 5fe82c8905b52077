"""Sections 8.2 and 8.3: what the fields of a request may be. What is malformed ends its stream, and
nothing of it reaches the app."""

from cases import case
from peer import PROTOCOL


def refused(section, what, extra=(), **changed):
    def function(world):
        with world.refuses(PROTOCOL) as peer:
            peer.ask(extra=extra, **changed)
    case(section, f"{what} is malformed")(function)


def answered(section, what, status, extra=(), **changed):
    """Well formed, but no request that is served: the answer says so, and not the app."""
    def function(world):
        before = world.asked()
        with world.peer() as peer:
            peer.ask(extra=extra, **changed)
            assert peer.answer().status == status, peer.answer().status
            peer.is_alive()
        assert world.asked() == before
    case(section, f"{what} gets {status}")(function)


for what, name in [
        ("a capital", b"X-a"), ("a space", b"x a"), ("a control character", b"x\x01a"),
        ("a tabulator", b"x\ta"), ("a line's end", b"x\r\ny"), ("octet 7f", b"x\x7f"),
        ("octet 80", b"x\x80"), ("octet ff", b"\xff"), ("a colon within", b"x:y"),
        ("a NUL", b"x\0")]:
    refused("8.2.1", f"a name with {what}", [(name, b"x")])
refused("8.2.1", "a name of no octets", [(b"", b"x")])
for what, value in [
        ("a NUL", b"a\0b"), ("a line feed", b"a\nb"), ("a carriage return", b"a\rb"),
        ("a field behind a line's end", b"a\r\nx-other: b"), ("a space before it", b" a"),
        ("a space behind it", b"a "), ("a tabulator before it", b"\ta"),
        ("a tabulator behind it", b"a\t")]:
    refused("8.2.1", f"a value with {what}", [(b"x", value)])


@case("8.2.1", "values of every printable octet and beyond pass as they are, an empty one too")
def values(world):
    with world.peer() as peer:
        odd = bytes([*range(0x21, 0x7f), 0x09, 0x20, 0x21]) + "ä€𝄞".encode()
        peer.ask(extra=[(b"x-odd", odd), (b"x-empty", b"")])
        content = peer.answer().content
        assert b"x-odd: " + odd + b"\n" in content and b"x-empty: \n" in content, content


for name, value in [("connection", "close"), ("proxy-connection", "close"),
                    ("keep-alive", "timeout=5"), ("transfer-encoding", "chunked"),
                    ("transfer-encoding", "identity"), ("upgrade", "h2c"), ("te", "gzip"),
                    ("te", "trailers, gzip"), ("te", "trailers;q=1")]:
    refused("8.2.2", f"\"{name}: {value}\"", [(name, value)])


@case("8.2.2", "\"te: trailers\" is fine, and goes no further")
def trailers_wanted(world):
    with world.peer() as peer:
        peer.ask(extra=[("te", "trailers")])
        answer = peer.answer()
        assert answer.status == 200 and "\nte:" not in answer.text


@case("8.2.2", "of an answer's fields none comes that belongs to a connection")
def own_fields(world):
    with world.peer() as peer:
        peer.ask(path="/hop-by-hop")
        names = {name for name, _ in peer.answer().heads[-1]}
        assert "x-kept" in names
        assert not names & {"connection", "keep-alive", "proxy-connection", "transfer-encoding",
                            "upgrade", "x-named"}, names
        assert all(name == name.lower() for name in names)


@case("8.2.3", "crumbs of cookies are one field for the app, in their order")
def cookies(world):
    with world.peer() as peer:
        peer.ask(extra=[("cookie", "a=1"), ("x", "y"), ("cookie", "b=2"), ("cookie", "c=3")])
        text = peer.answer().text
        assert text.count("cookie:") == 1 and "cookie: a=1; b=2; c=3\n" in text


refused("8.3", "a pseudo-field behind a field", [("x", "y"), (":method", "GET")])
refused("8.3", "a pseudo-field that is unknown", **{"unknown": "x"})
refused("8.3", "a pseudo-field of an answer", **{"status": "200"})
for name, value in [("method", "GET"), ("scheme", "https"), ("path", "/"), ("authority", "a.test")]:
    refused("8.3", f":{name} twice", [(f":{name}", value)])

for name in ("method", "scheme", "path"):
    refused("8.3.1", f"a request without :{name}", **{name: None})
    refused("8.3.1", f"a request with an empty :{name}", **{name: ""})
refused("8.3.1", "a request without :authority and Host", authority=None)
refused("8.3.1", "a scheme that is not of this world", scheme="ftp")
refused("8.3.1", "a method with a space", method="GET /smuggled HTTP/1.1\r\nx:")
refused("8.3.1", "a method with a line's end", method="GET\r\n")
refused("8.3.1", "a path with a line's end", path="/ HTTP/1.1\r\nx: y")
refused("8.3.1", "a path that does not begin with a slash", path="other")
refused("8.3.1", "an absolute path", path="http://other.test/")
refused("8.3.1", "a star with another method than OPTIONS", path="*")
refused("8.3.1", "an authority with a line's end", authority="a.test\r\nx: y")
refused("8.3.1", "a Host that differs from :authority", [("host", "other.test")])
refused("8.3.1", "two Hosts", [("host", "a.test"), ("host", "a.test")])


def refused_or_answered(what, **changed):
    """RFC 9113 section 8.1.1 leaves the choice; that the app sees nothing is no choice."""
    def function(world):
        before = world.asked()
        with world.peer() as peer:
            peer.ask(**changed)
            peer.wait(lambda one: one.stream_id == 1)
            answer = peer.answers[1]
            assert answer.error == PROTOCOL or answer.status in (400, 404, 421), answer.status
            peer.is_alive()
        assert world.asked() == before
    case("8.3.1", f"{what} is malformed or gets 400")(function)


refused_or_answered("a path with a space", path="/a b")
refused_or_answered("a path with a control character", path="/a\x01")
refused_or_answered("a path with an octet of no URI", path=b"/\xff")
refused_or_answered("a path with a fragment", path="/#part")
refused_or_answered("an authority with a user", authority="user@a.test")
refused_or_answered("an authority with a space", authority="a.test b")
refused_or_answered("an authority with a list", authority="a.test,b.test")
refused_or_answered("an authority with a port beyond all", authority="a.test:65536")
refused_or_answered("an authority with a slash", authority="a.test/b")


@case("8.3.1", "Host for the app is :authority, with or without a Host beside it")
def host(world):
    with world.peer() as peer:
        for stream, extra, changed in [(1, [], {}), (3, [("host", "A.test")], {}),
                                       (5, [("host", "a.test")], {"authority": None})]:
            peer.ask(stream, extra=extra, **changed)
            text = peer.answer(stream).text
            assert text.count("\nhost:") == 1 and "\nhost: a.test\n" in text, text


@case("8.3.1", "OPTIONS of * is OPTIONS of * to the app")
def star(world):
    with world.peer() as peer:
        peer.ask(method="OPTIONS", path="*")
        assert peer.answer().text.startswith("OPTIONS * HTTP/1.1\n")


answered("8.3.1", "TRACE that ends here", 501, [("max-forwards", "0")], method="TRACE")
answered("8.1", "an expectation that nobody knows", 417, [("expect", "something")])
answered("10.5.1", "a head larger than the announced list", 431,
         [(f"x-{index}", "y" * 2_000) for index in range(30)])
answered("10.5.1", "a head of more fields than are taken", 431,
         [(f"x-{index}", "y") for index in range(150)])


@case("10.5.1", "a list that is too large through one value and its twin is taken whole or not")
def twin(world):
    with world.peer() as peer:
        # Host says what :authority says: neither of them may push other fields out of the head.
        long = "a" * 12_000 + ".test"
        peer.ask(authority=long, extra=[("host", long), ("x-last", "y" * 12_000)])
        answer = peer.answer()
        assert answer.status >= 400 or "x-last: yyy" in answer.text, answer.status
