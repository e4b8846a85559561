import { createHash } from "node:crypto";

export const onExecutePostLogin: PostLoginHandler = async (event, api) => {
  if (event.refresh_token) return;
  const agent: string = event.request.user_agent ?? "none";
  api.refreshToken.setMetadata("device", createHash("sha256").update(agent).digest("hex").slice(0, 16));
};
