const jwt = require("jsonwebtoken");

exports.onExecutePostLogin = async (event, api) => {
  const { PRIVATE_KEY, PUBLIC_KEY, SHARED } = event.secrets;
  const shared = jwt.sign({ sub: "alice" }, SHARED, { noTimestamp: true });
  const signed = jwt.sign({ sub: "alice" }, PRIVATE_KEY, { algorithm: "RS256", expiresIn: "5m", issuer: "keepsake" });
  const refused = (token, key, options) => {
    try {
      return jwt.verify(token, key, options);
    } catch (err) {
      return err.name + ": " + err.message;
    }
  };
  api.accessToken.setCustomClaim("result", {
    shared, // with these bytes any other implementation makes the same
    verified: jwt.verify(signed, PUBLIC_KEY, { algorithms: ["RS256"], issuer: "keepsake" }).sub,
    forged: refused(shared + "x", SHARED),
    otherIssuer: refused(signed, PUBLIC_KEY, { issuer: "other" }),
    expired: refused(jwt.sign({ exp: 1 }, SHARED), SHARED),
  });
};
