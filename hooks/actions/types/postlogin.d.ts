// The event and api objects of Auth0's post-login trigger, as Keepsake has them. A question mark is a member that may be
// undefined at Auth0; "Keepsake always has it" says so where it never is here.
//
// In an Action:
//
//   // @ts-check
//   /**
//    * @param {Event} event
//    * @param {PostLoginAPI} api
//    */
//   exports.onExecutePostLogin = async (event, api) => {
//   };

/** What is known about the login, or about the refresh token exchange. */
interface Event {
  /** How the user was authenticated. Keepsake always has it at a login. */
  authentication?: EventAuthentication;
  /** What the user may do. Keepsake always has it. */
  authorization?: EventAuthorization;
  /** The application that asks for tokens. */
  client: EventClient;
  /** Empty, unless the Action was installed from Auth0's Marketplace. */
  configuration: { [key: string]: string };
  /** The connection by which the user signed in. */
  connection: EventConnection;
  /** The custom domain of the request. */
  custom_domain?: EventCustomDomain;
  /** The organization of the login. */
  organization?: EventOrganization;
  /** The answers of a form (api.prompt.render), in onContinuePostLogin. */
  prompt?: EventPrompt;
  /** The refresh token that is being exchanged; undefined at a first login. */
  refresh_token?: EventRefreshToken;
  /** The request. */
  request: EventRequest;
  /** The API that an access token is asked for. */
  resource_server?: EventResourceServer;
  /** The secrets of this Action. */
  secrets: { [name: string]: string };
  /** What TLS tells about the client. */
  security_context?: EventSecurityContext;
  /** The browser session; undefined where there is no browser, as with the password grant. */
  session?: EventSession;
  /** What is known about the user's logins. */
  stats: EventStats;
  /** The tenant. */
  tenant: EventTenant;
  /** The transaction. Keepsake always has it. */
  transaction?: EventTransaction;
  /** The user. */
  user: EventUser;
}

interface EventAuthentication {
  /** What the user has done so far to sign in. */
  methods: EventAuthenticationMethod[];
  /** What is unusual about this login. */
  riskAssessment?: EventRiskAssessment;
}

interface EventAuthenticationMethod {
  /** "pwd", "mfa", "federated", …, or a URL of your own. */
  name: string;
  /** When, as an ISO 8601 text. */
  timestamp: string;
  /** The factor, where name is "mfa". */
  type?: string;
}

interface EventRiskAssessment {
  confidence: "low" | "medium" | "high" | "neutral";
  version: string;
  assessments: EventAssessments;
  supplemental?: any;
}

interface EventAssessments {
  ImpossibleTravel?: EventAssessment;
  NewDevice?: EventAssessment;
  UntrustedIP?: EventAssessment;
  [name: string]: any;
}

interface EventAssessment {
  code: string;
  confidence: "low" | "medium" | "high" | "neutral";
  details?: any;
}

interface EventAuthorization {
  /** The names of the user's roles. */
  roles: string[];
}

interface EventClient {
  client_id: string;
  name: string;
  /** client_metadata of the tenant. */
  metadata: { [key: string]: string };
  /** The application's refresh token settings, as far as Actions see them. */
  refresh_token?: { policies?: { audience: string; scope: string[] }[] };
}

interface EventConnection {
  id: string;
  name: string;
  /** "auth0" for a database. */
  strategy: string;
  metadata?: { [key: string]: string };
}

interface EventCustomDomain {
  domain: string;
  domain_metadata: { [key: string]: string };
}

interface EventOrganization {
  id: string;
  name: string;
  display_name: string;
  metadata: { [key: string]: string };
}

interface EventPrompt {
  id: string;
  fields?: { [name: string]: any };
  vars?: { [name: string]: any };
}

interface EventRefreshToken {
  /** Stable for the token's whole life; the id of the Management API. */
  id: string;
  user_id?: string;
  client_id?: string;
  session_id?: string;
  /** ISO 8601 texts. */
  created_at: string;
  expires_at?: string;
  idle_expires_at?: string;
  last_exchanged_at?: string;
  /** Whether an exchange replaces the token. Keepsake always has it. */
  rotating?: boolean;
  /** Keepsake always has it. */
  resource_servers?: EventTokenResourceServer[];
  /** Keepsake always has it. */
  device?: EventDevice;
  /** What api.refreshToken.setMetadata has set. Keepsake always has it. */
  metadata?: { [key: string]: string };
  /** "offline" for an ordinary refresh token. */
  access?: "offline" | "online";
}

interface EventTokenResourceServer {
  audience: string;
  /** Separated by spaces. */
  scopes: string;
}

interface EventDevice {
  initial_ip?: string;
  initial_asn?: string;
  initial_user_agent?: string;
  last_ip?: string;
  last_asn?: string;
  last_user_agent?: string;
}

interface EventRequest {
  ip: string;
  /** The autonomous system, as "AS13335". Keepsake has it where it was given a database of them. */
  asn?: EventASN;
  method: string;
  hostname?: string;
  language?: string;
  user_agent?: string;
  /** The parsed query string. */
  query: { [name: string]: any };
  /** The parsed body, without passwords, secrets, codes and tokens. */
  body: { [name: string]: any };
  /** Where the address is. Keepsake knows where it was given a database of locations. */
  geoip: EventGeoIP;
}

/** A text. Auth0's guide to refresh token metadata reads its value. */
type EventASN = string & EventASNValue;

interface EventASNValue {
  /** The same text. Keepsake's own: at Auth0 it is undefined. */
  readonly value: string;
}

interface EventGeoIP {
  cityName?: string;
  continentCode?: string;
  /** Two letters (ISO 3166). */
  countryCode?: string;
  /** The same as countryCode. Keepsake's own: at Auth0 it is undefined. */
  country_code?: string;
  /** Three letters (ISO 3166). */
  countryCode3?: string;
  countryName?: string;
  latitude?: number;
  longitude?: number;
  subdivisionCode?: string;
  subdivisionName?: string;
  timeZone?: string;
}

interface EventResourceServer {
  identifier: string;
}

interface EventSecurityContext {
  ja3?: string;
  ja4?: string;
}

interface EventSession {
  id: string;
  user_id: string;
  /** ISO 8601 texts. */
  created_at: string;
  updated_at: string;
  authenticated_at: string;
  idle_expires_at: string;
  expires_at: string;
  last_interacted_at: string;
  /** The applications that were signed in to. */
  clients: EventSessionClient[];
  /** Keepsake always has it. */
  cookie?: EventCookie;
  device: EventDevice;
  /** What api.session.setMetadata has set; undefined until something is set. */
  metadata?: { [key: string]: string };
}

interface EventSessionClient {
  client_id: string;
}

interface EventCookie {
  mode: "persistent" | "non-persistent";
}

interface EventStats {
  /** The first login counts 1. */
  logins_count: number;
}

interface EventTenant {
  id: string;
}

interface EventTransaction {
  id?: string;
  /** How tokens are asked for: "oidc-basic-profile" (code), "oauth2-password", "oauth2-refresh-token", … Keepsake always has it. */
  protocol?: string;
  requested_scopes: string[];
  acr_values: string[];
  ui_locales: string[];
  locale: string;
  login_hint?: string;
  prompt?: string[];
  redirect_uri?: string;
  response_mode?: string;
  response_type?: string[];
  state?: string;
  linking_id?: string;
  correlation_id?: string;
  requested_authorization_details?: any[];
  /** What api.transaction.setMetadata has set. */
  metadata: { [key: string]: string | number | boolean };
}

interface EventUser {
  user_id: string;
  email?: string;
  email_verified: boolean;
  username?: string;
  phone_number?: string;
  phone_verified?: boolean;
  name?: string;
  nickname?: string;
  given_name?: string;
  family_name?: string;
  picture?: string;
  /** ISO 8601 texts. */
  created_at: string;
  updated_at: string;
  last_password_reset?: string;
  app_metadata: { [key: string]: any };
  user_metadata: { [key: string]: any };
  /** The names of the factors that the user has enrolled. */
  multifactor: string[];
  enrolledFactors: EventEnrolledFactor[];
  identities: EventIdentity[];
  /** What a connection tells besides. */
  [attribute: string]: any;
}

interface EventEnrolledFactor {
  type: string;
  options?: any;
  /** Anything else that is known about the factor. */
  [member: string]: any;
}

interface EventIdentity {
  connection: string;
  provider: string;
  user_id: string;
  isSocial: boolean;
  profileData?: { [key: string]: any };
  accessToken?: string;
}

/** What an Action may do. */
interface PostLoginAPI {
  access: APIAccess;
  accessToken: APIAccessToken;
  authentication: APIAuthentication;
  cache: APICache;
  groups: APIGroups;
  idToken: APIIDToken;
  multifactor: APIMultifactor;
  prompt: APIPrompt;
  redirect: APIRedirect;
  refreshToken: APIRefreshToken;
  roles: APIRoles;
  rules: APIRules;
  /** Accepted; it has no effect, as there is no SAML. */
  samlResponse: APISAMLResponse;
  session: APISession;
  transaction: APITransaction;
  user: APIUser;
  validation: APIValidation;
}

interface APIAccess {
  /** Denies the login or the exchange once this Action has finished. Later Actions do not run. */
  deny(reason: string): PostLoginAPI;
}

interface APIAccessToken {
  /** Adds a claim. Names that the protocols use are ignored; "scope" throws. */
  setCustomClaim(name: string, value: any): PostLoginAPI;
  addScope(scope: string): void;
  removeScope(scope: string): void;
}

interface APIIDToken {
  /** Adds a claim. Names that the protocols use are ignored; "scope" throws. */
  setCustomClaim(name: string, value: any): PostLoginAPI;
}

interface APIRefreshToken {
  /**
   * Sets one entry of the refresh token's metadata. At most 25 entries; keys of 1 to 255 letters, digits, "_" and "-"; values are
   * texts of at most 255 characters, and anything else throws. null deletes the entry.
   */
  setMetadata(key: string, value: string | null): void;
  deleteMetadata(key: string): void;
  evictMetadata(): void;
  /** Revokes the refresh token and denies the exchange. Later Actions do not run. */
  revoke(reason: string): void;
  /** The end of the token, in milliseconds since 1970. It can only come earlier. */
  setExpiresAt(milliseconds: number): void;
  /** The end of the token if it is not used, in milliseconds since 1970, until the next exchange. */
  setIdleExpiresAt(milliseconds: number): void;
}

interface APISession {
  /** As with refreshToken.setMetadata. Throws where there is no browser session: ask for event.session first. */
  setMetadata(key: string, value: string | null): void;
  deleteMetadata(key: string): void;
  evictMetadata(): void;
  /** Revokes the session, and the refresh tokens of it unless told otherwise, and denies. */
  revoke(reason: string, options?: { preserveRefreshTokens?: boolean }): void;
  setExpiresAt(milliseconds: number): void;
  setIdleExpiresAt(milliseconds: number): void;
  setCookieMode(mode: "persistent" | "non-persistent"): void;
}

interface APIUser {
  /** Written once, after all Actions. null deletes. event.user does not change. */
  setAppMetadata(key: string, value: any): PostLoginAPI;
  /** Written once, after all Actions. null deletes. event.user does not change. */
  setUserMetadata(key: string, value: any): PostLoginAPI;
}

interface APITransaction {
  /** For later Actions of the same transaction, in event.transaction.metadata. null deletes. */
  setMetadata(key: string, value: string | number | boolean | null): void;
  addTargetScope(scope: string): void;
  removeTargetScope(scope: string): void;
  setTargetScopes(scopes: string[]): void;
  clearTargetScopes(): void;
}

interface APIRedirect {
  /** A signed token of at most 15 minutes for the page that the user is sent to. */
  encodeToken(options: { secret: string; payload: { [key: string]: any }; expiresInSeconds?: number }): string;
  /** Sends the user to a page of yours, which sends them back to /continue. */
  sendUserTo(url: string, options?: { query?: { [name: string]: string } }): PostLoginAPI;
  /** False where no browser can be redirected, as at a refresh. */
  canRedirect(): boolean;
  /** The payload of the token that came back, in onContinuePostLogin. Throws if it is not valid. */
  validateToken(options: { secret: string; tokenParameterName?: string }): { [key: string]: any };
}

interface APIMultifactor {
  enable(provider: string, options?: { allowRememberBrowser?: boolean; providerOptions?: any }): PostLoginAPI;
}

interface APIFactor {
  type: string;
  options?: any;
}

interface APIAuthentication {
  challengeWith(factor: APIFactor, options?: { additionalFactors?: APIFactor[] }): void;
  challengeWithAny(factors: APIFactor[]): void;
  enrollWith(factor: APIFactor, options?: { additionalFactors?: APIFactor[] }): void;
  enrollWithAny(factors: APIFactor[]): void;
  /** In onContinuePostLogin: records a URL as a method by which the user was authenticated. */
  recordMethod(url: string): PostLoginAPI;
  setPrimaryUser(user_id: string): void;
}

interface APIPrompt {
  /** Shows a form of the tenant. */
  render(id: string, options?: { fields?: { [name: string]: any }; vars?: { [name: string]: any } }): PostLoginAPI;
}

interface APIValidation {
  /** Fails the login with an error code of yours. */
  error(code: string, message: string): PostLoginAPI;
}

interface APIRules {
  wasExecuted(ruleId: string): boolean;
}

interface APICacheRecord {
  value: string;
  /** In milliseconds since 1970. */
  expires_at: number;
}

interface APICacheResult {
  type: "success" | "error";
  record?: APICacheRecord;
  code?: string;
}

interface APICache {
  get(key: string): APICacheRecord | undefined;
  set(key: string, value: string, options?: { ttl?: number; expires_at?: number }): APICacheResult;
  delete(key: string): APICacheResult;
}

interface APIGroups {
  getUserGroups(options?: { take?: number; from?: string }): Promise<any>;
  hasGroupMembership(ids: string[]): Promise<any>;
}

interface APIRoles {
  getUserEffectiveRoles(options?: { take?: number; from?: string }): Promise<any>;
  getUserEffectiveRolesByIds(ids: string[]): Promise<any>;
  getUserEffectiveRolesByNames(names: string[]): Promise<any>;
}

interface APISAMLResponse {
  setAttribute(name: string, value: any): PostLoginAPI;
  setAudience(audience: string): PostLoginAPI;
  setRecipient(recipient: string): PostLoginAPI;
  setCreateUpnClaim(create: boolean): PostLoginAPI;
  setPassthroughClaimsWithNoMapping(pass: boolean): PostLoginAPI;
  setMapUnknownClaimsAsIs(map: boolean): PostLoginAPI;
  setMapIdentities(map: boolean): PostLoginAPI;
  setSignatureAlgorithm(algorithm: string): PostLoginAPI;
  setDigestAlgorithm(algorithm: string): PostLoginAPI;
  setDestination(destination: string): PostLoginAPI;
  setLifetimeInSeconds(seconds: number): PostLoginAPI;
  setSignResponse(sign: boolean): PostLoginAPI;
  setNameIdentifierFormat(format: string): PostLoginAPI;
  setNameIdentifierProbes(probes: string[]): PostLoginAPI;
  setAuthnContextClassRef(ref: string): PostLoginAPI;
  setSigningCert(cert: string): PostLoginAPI;
  setIncludeAttributeNameFormat(include: boolean): PostLoginAPI;
  setTypedAttributes(typed: boolean): PostLoginAPI;
  setEncryptionCert(cert: string): PostLoginAPI;
  setEncryptionPublicKey(key: string): PostLoginAPI;
  setCert(cert: string): PostLoginAPI;
  setKey(key: string): PostLoginAPI;
  setRelayState(state: string): PostLoginAPI;
  setIssuer(issuer: string): PostLoginAPI;
  setEncryptionAlgorithm(algorithm: string): PostLoginAPI;
}

/** A handler, for `@type {PostLoginHandler}`. */
type PostLoginHandler = (event: Event, api: PostLoginAPI) => Promise<any>;
