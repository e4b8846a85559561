import { createHash } from "node:crypto";

interface Plan {
  name: string;
  seats?: number;
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

export const onExecutePostLogin: PostLoginHandler = async (event, api) => {
  const plan = event.user.app_metadata.plan as Plan | undefined;
  if (!event.refresh_token) {
    api.refreshToken.setMetadata("country", event.request.geoip.countryCode ?? "unknown");
    api.refreshToken.setMetadata("device", digest(event.request.user_agent ?? "none").slice(0, 16));
    return;
  }
  if (event.refresh_token.metadata?.country === "XX") {
    api.access.deny("nowhere");
  }
  api.idToken.setCustomClaim("https://example.com/seats", plan?.seats ?? 1);
};

export const onContinuePostLogin = async (event: Event, api: PostLoginAPI): Promise<void> => {
  const { payload } = api.redirect.validateToken({ secret: event.secrets.SECRET });
  if (payload.accepted !== true) api.access.deny("The terms were not accepted.");
};
