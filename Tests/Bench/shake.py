"""The client of the row `handshakes`: `shake.py PORT CERTIFICATE NAME COUNT full|resumed`.

So many connections, one after the other, each with one small request; ends with an error unless
every session but the first is as it was asked for.
"""

import socket
import ssl
import sys


def main():
    port, certificate, name, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    is_resumed = sys.argv[5] == "resumed"
    request = f"GET /small HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode()
    context = ssl.create_default_context(cafile=certificate)
    session = None
    for number in range(count):
        raw = socket.create_connection(("127.0.0.1", port))
        # Else a request waits 40 ms for the acknowledgement of the handshake's end.
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(raw, server_hostname=name, session=session) as peer:
            peer.sendall(request)
            answer = b""
            while part := peer.recv(65536):
                answer += part
            if not answer.startswith(b"HTTP/1.1 200 "):
                sys.exit(f"handshake {number}: {answer[:100]}")
            if is_resumed and number == 0:
                session = peer.session
            elif peer.session_reused != is_resumed:
                sys.exit(f"handshake {number}: resumed is {peer.session_reused}")


main()
