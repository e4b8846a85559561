exports.onExecutePostLogin = async (event, api) => {
  api.refreshToken.setMetadata("place", event.request.geoip.latitude);
  api.refreshToken.setMetadata("org", event.organization?.id);
  api.refreshToken.setMetadata("device name", "phone");
  console.log("language", event.request.query, event.request.headers["accept-language"]);
  const country = event.refresh_token.metadata.country;
  api.accessToken.setCustomClaim("org_id", country ?? "none");
  api.access.deny("blocked", "You are blocked.");
};
