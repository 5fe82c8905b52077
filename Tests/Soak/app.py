"""The app of soak and scale: app.py PORT LOG NAME

Prints its port. /echo answers what it was sent with the request's X-Id and its own name; a quarter
of those take a moment. /sink reads a body and answers how long it was; /large/N answers N octets.
Every X-Id that it read whole is a line of the log: `POST 123`.
"""

import hashlib
import socket
import sys
import threading
import time

CHUNK = bytes(256 * 1024)


def serve(connection, log, name):
    buffer = b""
    try:
        while True:
            while b"\r\n\r\n" not in buffer:
                more = connection.recv(65536)
                if not more:
                    return
                buffer += more
            head, _, buffer = buffer.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            method, path, _ = lines[0].split(" ")
            fields = dict(line.lower().split(": ", 1) for line in lines[1:])
            length = int(fields.get("content-length", 0))
            if path.startswith("/sink"):
                buffer = sink(connection, buffer, length)
            else:
                while len(buffer) < length:
                    more = connection.recv(65536)
                    if not more:
                        return
                    buffer += more
            body, buffer = buffer[:length], buffer[length:]
            answer(connection, method, path, fields, body, length, log, name)
    except OSError:
        return
    finally:
        connection.close()


def sink(connection, buffer, length):
    left = length - len(buffer)
    view = memoryview(bytearray(len(CHUNK)))
    while left > 0:
        count = connection.recv_into(view[: min(left, len(CHUNK))])
        if count == 0:
            raise OSError("half a body")
        left -= count
    return b"" if left >= 0 else buffer[left:]


def answer(connection, method, path, fields, body, length, log, name):
    if "x-id" in fields:
        # One write of one line: whole, also where the process is killed after it.
        log.write(f"{method} {fields['x-id']}\n".encode())
    if path.startswith("/large/"):
        left = int(path.rpartition("/")[2])
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % left)
        while left > 0:
            left -= connection.send(CHUNK[: min(left, len(CHUNK))])
        return
    if path.startswith("/echo") and hash(fields.get("x-id")) % 4 == 0:
        time.sleep(0.01)
    text = str(length).encode() if path.startswith("/sink") else body
    digest = hashlib.sha256(text).hexdigest()
    connection.sendall(
        (
            f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\nX-Id: {fields.get('x-id', '')}\r\n"
            f"X-App: {name}\r\nX-Digest: {digest}\r\n\r\n"
        ).encode()
        + (b"" if method == "HEAD" else text)
    )


def main():
    port, log, name = int(sys.argv[1]), open(sys.argv[2], "ab", buffering=0), sys.argv[3]
    threading.stack_size(256 * 1024)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(1024)
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(
            target=serve, args=(connection, log, name), daemon=True
        ).start()


main()
