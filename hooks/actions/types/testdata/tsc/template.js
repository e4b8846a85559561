/**
 * @param {Event} event
 * @param {PostLoginAPI} api
 */
exports.onExecutePostLogin = async (event, api) => {
  api.user.setAppMetadata("a", event.organization?.id);
};
exports.onContinuePostLogin = async (event, api) => {};
