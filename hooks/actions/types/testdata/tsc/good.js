// @ts-check
/** @type {PostLoginHandler} */
exports.onExecutePostLogin = async (event, api) => {
  if (!event.refresh_token) {
    api.refreshToken.setMetadata("country", event.request.geoip.countryCode ?? "unknown");
    api.refreshToken.setMetadata("asn", event.request?.asn?.value || "unknown");
    return;
  }
  const metadata = event.refresh_token.metadata;
  console.log(metadata?.country, event.user.anything);
  api.access.deny("x").accessToken.setCustomClaim("a", { b: 1 });
  const { payload } = api.redirect.validateToken({ secret: event.secrets.S });
  console.log(payload, require("crypto"));
};
