const test = require("node:test");
const assert = require("node:assert");
const { onExecutePostLogin } = require("../../examples/actions/validate-device-revoke.js");

// run calls the handler at a refresh, and returns the calls of api.
async function run(from, to) {
  const calls = [];
  const record = (name) => (...args) => calls.push([name, ...args]);
  const event = { refresh_token: { metadata: { initial_country: from } }, request: { geoip: { country_code: to } } };
  await onExecutePostLogin(event, { refreshToken: { revoke: record("revoke"), setMetadata: record("setMetadata") } });
  return calls;
}

test("another country revokes the token", async () => {
  assert.deepStrictEqual(await run("US", "DE"), [
    ["revoke", "Suspicious country change detected"], ["setMetadata", "country_changed", "true"], ["setMetadata", "last_country", "DE"],
  ]);
});

test("the same country changes nothing", async () => {
  assert.deepStrictEqual(await run("US", "US"), []);
});
