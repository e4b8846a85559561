import { SignJWT, errors, exportJWK, importPKCS8, importSPKI, jwtVerify } from "jose";

export const onExecutePostLogin: PostLoginHandler = async (event, api) => {
  const { PRIVATE_KEY, PUBLIC_KEY, SHARED } = event.secrets;
  const token = await new SignJWT({ role: "admin" }).setProtectedHeader({ alg: "RS256" }).setSubject("alice").setExpirationTime("5m")
    .sign(await importPKCS8(PRIVATE_KEY, "RS256"));
  const key = await importSPKI(PUBLIC_KEY, "RS256", { extractable: true });
  const { payload, protectedHeader } = await jwtVerify(token, key);
  const refusal = await jwtVerify(token.slice(0, -8) + "AAAAAAAA", key).catch((err: Error) => err);
  const shared = await new SignJWT({ sub: "alice" }).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(new TextEncoder().encode(SHARED));
  api.accessToken.setCustomClaim("result", {
    verified: [payload.sub, payload.role, protectedHeader.alg],
    refused: refusal instanceof errors.JWSSignatureVerificationFailed,
    exponent: (await exportJWK(key)).e,
    shared,
  });
};
