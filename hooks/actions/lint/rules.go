package lint

// The rules, by the names that findings have.
const (
	ruleSyntax        = "syntax"
	ruleHandler       = "handler-async"
	ruleHandlerName   = "handler-name"
	ruleKey           = "metadata-key"
	ruleValue         = "metadata-value"
	ruleClaim         = "restricted-claim"
	ruleEventMember   = "unknown-event-member"
	ruleAPIMember     = "unknown-api-member"
	ruleUnguarded     = "unguarded-member"
	ruleRefreshToken  = "unguarded-refresh-token"
	ruleSession       = "unguarded-session"
	ruleSecret        = "unset-secret"
	ruleDeny          = "deny-arguments"
	ruleExpiry        = "expiry-milliseconds"
	ruleScope         = "scope-value"
	ruleTransaction   = "transaction-value"
	ruleFirstLogin    = "never-at-first-login"
	ruleOnlyHere      = "not-at-auth0"
	mendSyntax        = "The server refuses to load an Action that can't be parsed."
	mendKey           = "Use 1 to 255 letters, digits, \"_\" and \"-\"."
	mendStringOrGuard = "Set it only when it is there, or give it a fallback: `value ?? \"unknown\"`."
)

// Rule describes one rule.
type Rule struct {
	Name string
	What string
}

// Rules returns what is looked for.
func Rules() []Rule {
	return []Rule{
		{ruleSyntax, "the code can't be parsed"},
		{ruleHandler, "a handler is not an async function"},
		{ruleHandlerName, "an export is spelt almost like a handler"},
		{ruleKey, "a metadata key that setMetadata refuses"},
		{ruleValue, "a metadata value that is not a string of at most 255 characters, or may be undefined"},
		{ruleClaim, "a claim that is silently ignored, or throws"},
		{ruleEventMember, "a member of event that does not exist"},
		{ruleAPIMember, "a member of api that does not exist"},
		{ruleUnguarded, "a member is read of what may be undefined"},
		{ruleRefreshToken, "event.refresh_token is read where it is undefined at a first login"},
		{ruleSession, "api.session.setMetadata without a browser session"},
		{ruleSecret, "a secret that is not set"},
		{ruleDeny, "api.access.deny with two arguments"},
		{ruleExpiry, "an expiry that is not a number of milliseconds"},
		{ruleScope, "a scope that is refused"},
		{ruleTransaction, "transaction metadata that is neither a string, a number nor a boolean"},
		{ruleFirstLogin, "refresh token metadata that no first login sets"},
		{ruleOnlyHere, "a member that Keepsake has and Auth0 has not"},
	}
}
