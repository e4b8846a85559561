// @ts-check
/** @type {PostLoginHandler} */
exports.onExecutePostLogin = async (event, api) => {
  api.refreshToken.setMetadata("country", event.request.geoip.countryCode);
  api.refreshToken.setMetadata("n", 42);
  console.log(event.refresh_token.metadata, event.refreshToken, event.request.headers);
  api.refreshToken.getMetadata("x");
};
