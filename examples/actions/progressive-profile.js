/**
 * Asks in the middle of a login for what the user's profile lacks, with the form "ap_demo_profile" (forms/profile.json).
 */
exports.onExecutePostLogin = async (event, api) => {
  if (event.user.user_metadata.city) return;
  if (!api.redirect.canRedirect()) return; // a refresh, say: there is no browser to show a form in

  api.prompt.render("ap_demo_profile", {
    fields: { language: event.user.user_metadata.language },
    vars: { name: event.user.given_name ?? event.user.email, application: event.client.name },
  });
};

exports.onContinuePostLogin = async (event, api) => {
  const { city, language, newsletter } = event.prompt?.fields ?? {};
  api.user.setUserMetadata("city", city);
  api.user.setUserMetadata("language", language);
  api.user.setUserMetadata("newsletter", newsletter === true);
};
