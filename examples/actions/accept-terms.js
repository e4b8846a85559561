/**
 * Sends the user to another site to accept the terms, once. That site gets a signed token that says who is there, and sends the
 * browser back to /continue with the state that it got, and with a token of its own that says what the user decided.
 */
const VERSION = "2026-11";

exports.onExecutePostLogin = async (event, api) => {
  if (event.user.app_metadata.terms_accepted === VERSION) return;
  if (!api.redirect.canRedirect()) return; // a refresh, say: there is no browser to send anywhere

  const token = api.redirect.encodeToken({
    secret: event.secrets.TERMS_SECRET,
    expiresInSeconds: 600,
    payload: { terms: VERSION },
  });
  api.redirect.sendUserTo(event.secrets.TERMS_URL, { query: { session_token: token } });
};

exports.onContinuePostLogin = async (event, api) => {
  const answer = api.redirect.validateToken({ secret: event.secrets.TERMS_SECRET });
  if (answer.accepted !== VERSION) {
    api.access.deny("The terms were not accepted.");
    return;
  }
  api.user.setAppMetadata("terms_accepted", VERSION);
};
