"""An HTTPS server that is not gander's: Python's ssl.

Arguments: certificate, key, the file of the authorities for client certificates ("-": it asks for
none), the body of every reply, and if there is one more, a pattern with a group. Prints its port,
then a line for each handshake: "full" or "resumed", then the name asked for by SNI and the client's
subject, "-" where there is none; with a pattern also one for each request: "asked", the subject, and
what the group finds in it.
"""

import re
import socket
import ssl
import sys
import threading

certificate, key, authorities, body = sys.argv[1:5]
pattern = sys.argv[5].encode() if len(sys.argv) > 5 else None
reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body.encode()) + body.encode()

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
if authorities != "-":
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authorities)
names = {}
printing = threading.Lock()
context.sni_callback = lambda sock, name, _: names.__setitem__(sock, name)


def subject(peer):
    found = [value for part in (peer or {}).get("subject", ()) for key, value in part if key == "commonName"]
    return found[0] if found else "-"


def serve(plain):
    try:
        with context.wrap_socket(plain, server_side=True) as stream:
            how = "resumed" if stream.session_reused else "full"
            peer = stream.getpeercert() if authorities != "-" else None
            with printing:
                print(how, names.get(stream) or "-", subject(peer), flush=True)
            heard = b""
            while True:
                received = stream.recv(65536)
                if not received:
                    return
                heard += received
                head, end, rest = heard.partition(b"\r\n\r\n")
                length = int((re.search(rb"Content-Length: (\d+)", head) or [0, 0])[1])
                if end and len(rest) >= length:
                    if pattern:
                        found = re.search(pattern, rest[:length])[1].decode()
                        with printing:
                            print("asked", subject(peer), found, flush=True)
                    heard = rest[length:]
                    stream.sendall(reply)
    except OSError:
        pass


listener = socket.create_server(("127.0.0.1", 0), backlog=64)
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
