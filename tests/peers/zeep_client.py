"""Opens and ends sessions through zeep, which knows nothing but the served WSDL.

Usage: zeep_client.py URL. Wants every binding of leadertask and related switched on.
"""

import sys

import zeep

URL = sys.argv[1]


def client(path):
    return zeep.Client(f"{URL}{path}?wsdl")


# LeaderTask, through each of its SOAP ports.
sync = client("/LeaderTaskSyncService.asmx")
for port in ["LeaderTaskSyncServiceSoap", "LeaderTaskSyncServiceSoap12"]:
    create = sync.bind("LeaderTaskSyncService", port).CreateSession
    good = create(name="user5", password="password5", system_name="Б & <W>")
    assert good.error_code == 0 and good.uid_session, good
    bad = create(name="user5", password="wrong")
    assert (bad.error_code, bad.error_string) == (2, "wrong name or password"), bad
    nobody = create()
    assert nobody.error_code == 1, nobody

# And through the two without SOAP, where all parameters are wanted.
everything = dict(name="user5", password="password5", system_name="Ж+&", push_token="", appleid="", user_token="")
for port in ["LeaderTaskSyncServiceHttpGet", "LeaderTaskSyncServiceHttpPost"]:
    create = sync.bind("LeaderTaskSyncService", port).CreateSession
    good = create(**everything)
    assert good["error_code"] == 0 and good["uid_session"], good
    bad = create(**everything | {"password": "wrong"})
    assert bad["error_code"] == 2 and not bad["uid_session"], bad

# Related, through each of its ports.
related = client("/auth.asmx")
for port in ["authSoap", "authSoap12", "authHttpGet", "authHttpPost"]:
    auth = related.bind("auth", port)
    good = auth.Login(Username="user6", Password="password6")
    assert good["Code"] == "00" and good["ServiceTicket"], (port, good)
    bad = auth.Login(Username="user6", Password="wrong")
    assert (bad["Code"], bad["Message"]) == ("99", "No such user/password!"), (port, bad)
    assert bad["ServiceTicket"] is None, (port, bad)
    assert auth.Logout(ServiceTicket=good["ServiceTicket"])["Code"] == "00", port
    again = auth.Logout(ServiceTicket=good["ServiceTicket"])
    assert (again["Code"], again["Message"]) == ("9998", "Unauthorized User!"), (port, again)

# A fault becomes zeep's own exception.
wrong = client("/auth.asmx")
wrong.service._binding.get("Login").soapaction = "urn:unknown"
try:
    wrong.service.Login(Username="user6", Password="password6")
    raise AssertionError("an unknown action is a fault")
except zeep.exceptions.Fault as fault:
    assert fault.code == "soap:Client", fault.code
    assert "did not recognize the value of HTTP Header SOAPAction: urn:unknown" in fault.message

print("all as documented")
