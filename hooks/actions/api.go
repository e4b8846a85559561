package actions

import (
	"slices"

	"github.com/dop251/goja"
)

// function is the Go side of a member of api; nil for one of Auth0's that is not supported.
type function func(x *execution, call goja.FunctionCall) goja.Value

// apiPart is one namespace of the api object, such as api.refreshToken.
type apiPart struct {
	path      string
	names     []string
	functions map[string]function
}

// apiParts is Auth0's api object of the post-login trigger (contract 3.3), in Auth0's order of names, and what of it is here.
var (
	apiParts     = newAPIParts()
	apiPartNames = namesOf(apiParts)
)

func newAPIParts() []*apiPart {
	parts := []*apiPart{
		part("access", functions{"deny": accessDeny}),
		part("accessToken", functions{"setCustomClaim": accessTokenSetCustomClaim, "addScope": accessTokenAddScope, "removeScope": accessTokenRemoveScope}),
		part("authentication", functions{
			"challengeWith": challengeWith, "challengeWithAny": challengeWithAny, "enrollWith": enrollWith, "enrollWithAny": enrollWithAny,
		}, "recordMethod", "setPrimaryUser"),
		part("cache", nil, "delete", "get", "set"),
		part("groups", nil, "getUserGroups", "hasGroupMembership"),
		part("idToken", functions{"setCustomClaim": idTokenSetCustomClaim}),
		part("multifactor", nil, "enable"),
		part("prompt", functions{"render": promptRender}),
		part("redirect", functions{
			"canRedirect": redirectCanRedirect, "encodeToken": redirectEncodeToken, "sendUserTo": redirectSendUserTo,
			"validateToken": redirectValidateToken,
		}),
		part("refreshToken", functions{
			"setMetadata": refreshTokenSetMetadata, "deleteMetadata": refreshTokenDeleteMetadata, "evictMetadata": refreshTokenEvictMetadata,
			"revoke": refreshTokenRevoke, "setExpiresAt": refreshTokenSetExpiresAt, "setIdleExpiresAt": refreshTokenSetIdleExpiresAt,
		}),
		part("roles", nil, "getUserEffectiveRoles", "getUserEffectiveRolesByIds", "getUserEffectiveRolesByNames"),
		part("rules", nil, "wasExecuted"),
		part("samlResponse", nil, "setAttribute", "setAudience", "setRecipient", "setCreateUpnClaim", "setPassthroughClaimsWithNoMapping",
			"setMapUnknownClaimsAsIs", "setMapIdentities", "setSignatureAlgorithm", "setDigestAlgorithm", "setDestination",
			"setLifetimeInSeconds", "setSignResponse", "setNameIdentifierFormat", "setNameIdentifierProbes", "setAuthnContextClassRef",
			"setSigningCert", "setIncludeAttributeNameFormat", "setTypedAttributes", "setEncryptionCert", "setEncryptionPublicKey",
			"setCert", "setKey", "setRelayState", "setIssuer", "setEncryptionAlgorithm"),
		part("session", functions{
			"setMetadata": sessionSetMetadata, "deleteMetadata": sessionDeleteMetadata, "evictMetadata": sessionEvictMetadata,
		}, "revoke", "setExpiresAt", "setIdleExpiresAt", "setCookieMode"),
		part("transaction", functions{"setMetadata": transactionSetMetadata},
			"addTargetScope", "removeTargetScope", "setTargetScopes", "clearTargetScopes"),
		part("user", functions{"setAppMetadata": userSetAppMetadata, "setUserMetadata": userSetUserMetadata}),
		part("validation", nil, "error"),
	}
	return parts
}

type functions map[string]function

func part(name string, fs functions, unsupported ...string) *apiPart {
	p := &apiPart{path: name, functions: fs, names: slices.Clone(unsupported)}
	for f := range fs {
		p.names = append(p.names, f)
	}
	slices.Sort(p.names)
	return p
}

func namesOf(parts []*apiPart) []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.path)
	}
	return names
}

// newAPI makes the api object of one execution.
func (x *execution) newAPI() *goja.Object {
	return x.rt.NewDynamicObject(&lazyObject{names: apiPartNames, make: func(name string) goja.Value {
		i := slices.Index(apiPartNames, name)
		return x.newAPIPart(apiParts[i])
	}})
}

func (x *execution) newAPIPart(p *apiPart) goja.Value {
	return x.rt.NewDynamicObject(&lazyObject{names: p.names, make: func(name string) goja.Value {
		fn := p.functions[name]
		return x.function(name, func(call goja.FunctionCall) goja.Value {
			if fn == nil {
				panic(x.newError("Error", "api."+p.path+"."+name+" is not supported by this version of Keepsake."))
			}
			return fn(x, call)
		})
	}})
}
