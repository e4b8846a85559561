const { v4, v5, validate, version } = require("uuid");

exports.onExecutePostLogin = async (event, api) => {
  const random = v4();
  api.accessToken.setCustomClaim("result", [
    v5("alice@example.com", v5.URL),
    validate(random) && version(random),
    random === v4(),
  ]);
};
