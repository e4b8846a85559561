/**
 * Does what a request asks for in a parameter of its own: "set" at /oauth/token, "ext-set" at /authorize.
 */
exports.onExecutePostLogin = async (event, api) => {
  const asked = (name) => event.request.body[name] ?? event.request.query[`ext-${name}`];

  // A secret that does not survive (a restart, another server's secret) would show.
  api.accessToken.setCustomClaim("https://e2e.example.com/secret_length", event.secrets.E2E_SECRET.length);

  if (asked("set")) api.refreshToken.setMetadata(asked("set"), "set by the Action");
  if (asked("throw")) throw new Error(asked("throw"));
  if (asked("deny")) api.access.deny(asked("deny"));
  if (asked("forever")) api.refreshToken.setExpiresAt(Date.now() + 100 * 365 * 24 * 3600 * 1000);
};
