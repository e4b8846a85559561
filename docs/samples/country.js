exports.onExecutePostLogin = async (event, api) => {
  if (event.refresh_token) return;
  const country = event.request.geoip.countryCode ?? "unknown";
  console.log("a login from", country);
  api.refreshToken.setMetadata("country", country);
};
