export const onExecutePostLogin: PostLoginHandler = async (event, api) => {
  const country: string = event.request.geoip.countryCode;
  api.refreshToken.setMetadata("seats", 3);
  api.refreshToken.setMetaData("country", country);
  if (event.refresh_token.metadata.country !== country) api.access.deny({ reason: "another country" });
};
export const onContinuePostLogin: PostLoginHandler = (event, api) => event.user.email;
