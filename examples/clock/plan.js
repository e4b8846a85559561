// Looks up the user's plan in a directory that is slow, and remembers the answer for as long as api.cache keeps it.
exports.onExecutePostLogin = async (event, api) => {
  const known = api.cache.get("plan:" + event.user.user_id);
  const plan = known ? known.value : "pro"; // a real one would fetch it
  if (!known) api.cache.set("plan:" + event.user.user_id, plan);
  api.accessToken.setCustomClaim("https://example.com/plan", plan);
  api.accessToken.setCustomClaim("https://example.com/looked_up", !known);
};
