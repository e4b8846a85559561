const axios = require("axios");

exports.onExecutePostLogin = async (event, api) => {
  const client = axios.create({ baseURL: event.secrets.URL, timeout: 5000, headers: { "X-Api-Key": event.secrets.SHARED } });
  const { data, status } = await client.post("/echo", { n: 1 }, { params: { q: "a b" } });
  const missing = await client.get("/missing").catch((err) => err);
  const moved = await client.get("/moved", { maxRedirects: 0, validateStatus: null });
  const forbidden = await client.get(event.secrets.ELSEWHERE).catch((err) => err);
  api.accessToken.setCustomClaim("result", {
    status, data,
    missing: [axios.isAxiosError(missing), missing.code, missing.response.status, missing.response.data],
    moved: [moved.status, moved.headers.location, (await client.get("/moved")).data.method],
    forbidden: [axios.isAxiosError(forbidden), forbidden.message],
  });
};
