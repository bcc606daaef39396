"""Talks to the simulator as the APIs' documents say, with Python's HTTP client and expat.

Usage: session_client.py URL. Written from the documents, not from the program.
"""

import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

URL = sys.argv[1]
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
AUTH = "{http://ws.euromsg.com/auth}"
SYNC = "{https://sync.leadertask.net/}"


def ask(path, body=None, **headers):
    data = None if body is None else body.encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(URL + path, data=data, headers=headers)
    with urllib.request.urlopen(request) as reply:
        assert reply.status == 200, reply.status
        assert reply.headers["Content-Type"].startswith(("text/xml", "application/soap+xml"))
        return ET.fromstring(reply.read())


def eltex(command, **attributes):
    listed = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<in xmlns:xsi='
        '"http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation='
        f'"sp_api_{command}.xsd"><request {listed} /></in>'
    )
    out = ask(f"/commands/sp_{command}", body)
    assert out.tag == "out", out.tag
    [answer] = out.find("response")
    return answer.tag, answer.attrib


def soap(path, action, namespace, method, **parameters):
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in parameters.items())
    body = (
        '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s='
        '"http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<{method} xmlns="{namespace[1:-1]}">{inner}</{method}></s:Body></s:Envelope>'
    )
    envelope = ask(path, body, Content_Type="text/xml; charset=utf-8", SOAPAction=f'"{action}"')
    result = envelope.find(f"{SOAP}Body/{namespace}{method}Response/{namespace}{method}Result")
    return {child.tag.removeprefix(namespace): child.text or "" for child in result}


# Eltex
who = {"domain": "gander.local", "login": "user1"}
assert eltex("login", **who, password="wrong") == (
    "error",
    {"description": "invalid pair login/password"},
)
tag, session = eltex("login", **who, password="password1")
assert tag == "ok" and session["alias_address"] == "user1", session
session = session["session"]
assert eltex("check_session", **who, session=session) == ("ok", {})
assert eltex("check_login", **who) == ("error", {"description": "already_exists"})
assert eltex("check_login", domain="gander.local", login="nobody") == ("ok", {})
assert eltex("change_login", domain="gander.local", oldlogin="user1", newlogin="u1") == ("ok", {})
assert eltex("check_session", **who, session=session)[0] == "error"
assert eltex("change_password", domain="gander.local", login="u1", newpassword="p") == ("ok", {})
assert eltex("logout", domain="gander.local", session=session) == ("ok", {})
assert eltex("logout", domain="gander.local", session=session)[0] == "error"


# Related
def related(method, **parameters):
    action = f"http://ws.euromsg.com/auth/{method}"
    return soap("/auth.asmx", action, AUTH, method, **parameters)


good = related("Login", Username="user2", Password="password2")
assert good["Code"] == "00" and good["ServiceTicket"], good
bad = related("Login", Username="user2", Password="wrong")
assert (bad["Code"], bad["Message"]) == ("99", "No such user/password!"), bad
blocked = related("Login", Username="blocked", Password="password")
assert (blocked["Code"], blocked["Message"]) == ("99", "Invalip IP"), blocked
ticket = good["ServiceTicket"]
assert related("Logout", ServiceTicket=ticket)["Code"] == "00"
again = related("Logout", ServiceTicket=ticket)
assert (again["Code"], again["Message"]) == ("9998", "Unauthorized User!"), again

# LeaderTask
ASMX = "/LeaderTaskSyncService.asmx"
# Without SOAP, a < before a letter would be taken for an attack.
fields = dict(name="user3", password="password3", system_name="Б & < W", push_token="", appleid="", user_token="")
escaped = dict(fields, system_name="Б &amp; &lt;W&gt;")
created = soap(ASMX, "https://sync.leadertask.net/CreateSession", SYNC, "CreateSession", **escaped)
assert created["error_code"] == "0" and created["uid_session"], created
form = urllib.parse.urlencode(fields)
for reply in [
    ask(f"{ASMX}/CreateSession?{form}"),
    ask(f"{ASMX}/CreateSession", form, Content_Type="application/x-www-form-urlencoded"),
]:
    assert reply.tag == f"{SYNC}CreateSession_Response", reply.tag
    assert reply.findtext(f"{SYNC}error_code") == "0"
    assert reply.findtext(f"{SYNC}uid_session")

print("all as documented")
