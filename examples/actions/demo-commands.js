/**
 * Post-Login Action
 * Plays the parts of api.refreshToken that the other Actions leave out, for `keepsake demo`: a request says which one in its
 * own parameter, "demo" at /oauth/token or "ext-demo" at /authorize. Only clients that ask for it by their metadata are heard.
 */
exports.onExecutePostLogin = async (event, api) => {
  if (event.client.metadata.demo_commands !== "true") return;

  const deviceName = event.refresh_token?.metadata?.deviceName;

  switch (event.request.body.demo ?? event.request.query["ext-demo"]) {
    case "set":
      api.refreshToken.setMetadata("deviceName", "Auth0's iPhone");
      break;
    case "read":
      api.accessToken.setCustomClaim("device_name", deviceName ?? null);
      break;
    case "delete":
      api.refreshToken.deleteMetadata("deviceName");
      break;
    case "evict":
      api.refreshToken.evictMetadata();
      break;
    case "invalid-key":
      // keepsake-disable-next-line metadata-key -- the demo shows the error
      api.refreshToken.setMetadata("device name", "x");
      break;
    case "not-a-string":
      // keepsake-disable-next-line metadata-value -- the demo shows the error
      api.refreshToken.setMetadata("deviceName", 42);
      break;
    case "deny":
      api.access.deny("Not on a Sunday");
      break;
    case "revoke":
      api.refreshToken.revoke("Suspicious country change detected");
      break;
  }
};
