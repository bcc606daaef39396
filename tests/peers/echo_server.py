"""Refuses logins at eltex and repeats the password, spelled by Python's standard library as the
first segment of the path says.

Usage: echo_server.py FILE; prints its URL, and appends to FILE what it wrote of each password, in
hexadecimal. With --list it prints the spellings.
"""

import base64
import gzip
import html
import json
import re
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

quote = urllib.parse.quote


def references(text, form):
    return "".join(form % ord(c) for c in text)


# A spelling that stands in an attribute of the reply.
ATTRIBUTES = {
    "raw": html.escape,
    "upper": lambda p: html.escape(p.upper()),
    "decimal": lambda p: references(p, "&#%d;"),
    "hexadecimal": lambda p: references(p, "&#x%04X;"),
    "twice": lambda p: html.escape(html.escape(p)),
    "ascii": lambda p: html.escape(html.escape(p).encode("ascii", "xmlcharrefreplace").decode()),
    "url": lambda p: html.escape(quote(p, safe="")),
    "form": lambda p: html.escape(urllib.parse.quote_plus(p)),
    "query": lambda p: html.escape("/x?" + urllib.parse.urlencode({"a": 1, "p": p})),
    "json": lambda p: html.escape(json.dumps(p)[1:-1]),
    "json-unicode": lambda p: html.escape(json.dumps(p, ensure_ascii=False)[1:-1]),
    "json-in-url": lambda p: quote(json.dumps(p)[1:-1]),
    "base64": lambda p: base64.b64encode(p.encode()).decode(),
    "urlsafe-base64": lambda p: base64.urlsafe_b64encode(p.encode()).decode(),
    "basic": lambda p: base64.b64encode(b"anna:" + p.encode()).decode(),
}


def error(text):
    return f'<?xml version="1.0"?>\n<out><response><error description="no {text} here"/></response></out>'


def body(spelling, password):
    """The reply's body, headers, and the bytes that spell the password in what gander may show."""
    if spelling in ATTRIBUTES:
        spelled = ATTRIBUTES[spelling](password)
        return error(spelled).encode(), {}, spelled.encode()
    plain = html.escape(password)
    if spelling == "comment":
        spelled = plain[:1] + "<!---->" + plain[1:]
        return f"<out><p>{spelled}</p></out>".encode(), {}, spelled.encode()
    if spelling == "cdata":
        spelled = f"<![CDATA[{password}]]>"
        return f"<out><p>{spelled}</p></out>".encode(), {}, password.encode()
    if spelling in ("utf-16", "utf-16-be", "iso-8859-1", "cp1252"):
        name = {"utf-16-be": "utf-16"}.get(spelling, spelling)
        text = error(plain).replace('"1.0"', f'"1.0" encoding="{name}"', 1)
        mark = "\ufeff" if spelling == "utf-16-be" else ""
        codec = "utf-16-le" if spelling == "utf-16" else spelling
        return (mark + text).encode(spelling), {}, plain.encode(codec)
    if spelling == "gzip":
        return gzip.compress(error(plain).encode()) + b"x", {"Content-Encoding": "gzip"}, plain.encode()
    if spelling == "chunks":
        spelled = plain.encode()
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in spelled)
        return chunks + b"zz\r\n", {"Transfer-Encoding": "chunked"}, chunks
    raise ValueError(spelling)


OTHERS = ["comment", "cdata", "utf-16", "utf-16-be", "iso-8859-1", "cp1252", "gzip", "chunks"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = self.rfile.read(int(self.headers["Content-Length"])).decode()
        password = html.unescape(re.search('password="([^"]*)"', request)[1])
        reply, headers, spelled = body(self.path.split("/")[1], password)
        with open(sys.argv[1], "a") as file:
            file.write(spelled.hex() + "\n")
        self.send_response(200)
        if "Transfer-Encoding" not in headers:
            headers["Content-Length"] = str(len(reply))
        for header in headers.items():
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(reply)
        self.close_connection = True

    def log_message(self, *_):
        pass


if sys.argv[1] == "--list":
    print(*ATTRIBUTES, *OTHERS)
else:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
