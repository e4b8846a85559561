const _ = require("lodash");
const get = require("lodash/get");

exports.onExecutePostLogin = async (event, api) => {
  const roles = [{ name: "editor", rank: 2 }, { name: "admin", rank: 3 }, { name: "editor", rank: 2 }];
  api.accessToken.setCustomClaim("result", {
    roles: _.chain(roles).uniqWith(_.isEqual).sortBy("rank").map("name").value(),
    merged: _.merge({ a: { b: 1 } }, { a: { c: [2] } }),
    name: _.template("Hello, <%- name %>")({ name: "A & B" }),
    case: _.kebabCase("lastLoginAt"),
    missing: get({}, "a.b[0]", "none"),
  });
};
