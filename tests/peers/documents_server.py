"""Answers with the examples of the APIs' documents, in each HTTP framing in turn.

Usage: documents_server.py FOLDER-OF-APIS; prints its URL. Python's standard library only.
"""

import itertools
import pathlib
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

APIS = pathlib.Path(sys.argv[1])
FRAMINGS = itertools.cycle(["length", "chunked", "close"])


def sample(api, name):
    # LeaderTask's document prints the type, "int", where a code belongs.
    return (APIS / api / "samples" / name).read_bytes().replace(b">int<", b">0<")


def reply_to(path, headers):
    if path.startswith("/commands/"):
        return sample("eltex", path.removeprefix("/commands/") + ".reply-ok.xml")
    if path.startswith("/LeaderTaskSyncService.asmx/CreateSession"):
        return sample("leadertask", "createsession.httpget.reply.xml")
    if path == "/LeaderTaskSyncService.asmx":
        return sample("leadertask", "createsession.soap11.reply.xml")
    if path == "/auth.asmx" and headers["SOAPAction"] == '"http://ws.euromsg.com/auth/Login"':
        return sample("related", "login.reply.xml")
    if path == "/auth.asmx" and headers["SOAPAction"] == '"http://ws.euromsg.com/auth/Logout"':
        return sample("related", "logout.reply.repaired.xml")
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self):
        body = reply_to(self.path, self.headers)
        if body is None:
            self.send_error(404)
            return
        framing = next(FRAMINGS)
        self.send_response(200)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        if framing == "length":
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        elif framing == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(body), 100):
                chunk = body[start : start + 100]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
