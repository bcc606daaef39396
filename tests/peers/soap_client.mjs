// Opens and ends sessions through node's "soap", which knows nothing but the served WSDL.
//
// Usage: soap_client.mjs URL NODE_MODULES, an absolute path. Wants SOAP 1.1 and SOAP 1.2 switched on for
// leadertask.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [url, modules] = process.argv.slice(2);
const soap = createRequire(`${modules}/`)("soap");
const client = (path, options) => soap.createClientAsync(`${url}${path}?wsdl`, options);

// LeaderTask, in each SOAP.
for (const forceSoap12Headers of [false, true]) {
  const sync = await client("/LeaderTaskSyncService.asmx", { forceSoap12Headers });
  const create = async (values) => (await sync.CreateSessionAsync(values))[0].CreateSessionResult;
  const good = await create({ name: "user7", password: "password7", system_name: "Б & <W>" });
  assert.equal(good.error_code, 0);
  assert.match(good.uid_session, /^[0-9a-f-]{36}$/);
  const bad = await create({ name: "user7", password: "wrong" });
  assert.deepEqual([bad.error_code, bad.error_string], [2, "wrong name or password"]);
  assert.equal((await create({})).error_code, 1);
}

// Related
const auth = await client("/auth.asmx");
const login = async (values) => (await auth.LoginAsync(values))[0].LoginResult;
const logout = async (values) => (await auth.LogoutAsync(values))[0].LogoutResult;
const good = await login({ Username: "user8", Password: "password8" });
assert.equal(good.Code, "00");
assert.ok(good.ServiceTicket);
const bad = await login({ Username: "user8", Password: "wrong" });
assert.deepEqual([bad.Code, bad.Message], ["99", "No such user/password!"]);
assert.equal(bad.ServiceTicket, undefined);
assert.equal((await logout({ ServiceTicket: good.ServiceTicket })).Code, "00");
const again = await logout({ ServiceTicket: good.ServiceTicket });
assert.deepEqual([again.Code, again.Message], ["9998", "Unauthorized User!"]);

// A fault is a rejection that carries it.
auth.addHttpHeader("SOAPAction", '"urn:unknown"');
const fault = await login({ Username: "u", Password: "p" }).catch((error) => error);
assert.equal(fault.root?.Envelope.Body.Fault.faultcode, "soap:Client");

console.log("all as documented");
