package actions

import (
	"slices"

	"github.com/dop251/goja"
)

// function is the Go side of a member of api.
type function func(x *execution, call goja.FunctionCall) goja.Value

// apiPart is one namespace of the api object, such as api.refreshToken.
type apiPart struct {
	path      string
	names     []string
	functions map[string]function
}

// apiParts is Auth0's api object of the post-login trigger (contract 3.3), in Auth0's order of names.
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
			"recordMethod": authenticationRecordMethod, "setPrimaryUser": authenticationSetPrimaryUser,
		}),
		part("cache", functions{"delete": cacheDelete, "get": cacheGet, "set": cacheSet}),
		part("groups", functions{"getUserGroups": async(groupsGetUserGroups), "hasGroupMembership": async(groupsHasGroupMembership)}),
		part("idToken", functions{"setCustomClaim": idTokenSetCustomClaim}),
		part("multifactor", functions{"enable": multifactorEnable}),
		part("prompt", functions{"render": promptRender}),
		part("redirect", functions{
			"canRedirect": redirectCanRedirect, "encodeToken": redirectEncodeToken, "sendUserTo": redirectSendUserTo,
			"validateToken": redirectValidateToken,
		}),
		part("refreshToken", functions{
			"setMetadata": refreshTokenSetMetadata, "deleteMetadata": refreshTokenDeleteMetadata, "evictMetadata": refreshTokenEvictMetadata,
			"revoke": refreshTokenRevoke, "setExpiresAt": refreshTokenSetExpiresAt, "setIdleExpiresAt": refreshTokenSetIdleExpiresAt,
		}),
		part("roles", functions{
			"getUserEffectiveRoles": async(rolesGetUserEffectiveRoles), "getUserEffectiveRolesByIds": async(rolesGetUserEffectiveRolesByIDs),
			"getUserEffectiveRolesByNames": async(rolesGetUserEffectiveRolesByNames),
		}),
		part("rules", functions{"wasExecuted": rulesWasExecuted}),
		part("samlResponse", samlFunctions()),
		part("session", functions{
			"setMetadata": sessionSetMetadata, "deleteMetadata": sessionDeleteMetadata, "evictMetadata": sessionEvictMetadata,
			"revoke": sessionRevoke, "setExpiresAt": sessionSetExpiresAt, "setIdleExpiresAt": sessionSetIdleExpiresAt, "setCookieMode": sessionSetCookieMode,
		}),
		part("transaction", functions{
			"setMetadata": transactionSetMetadata, "addTargetScope": notImplemented, "removeTargetScope": notImplemented,
			"setTargetScopes": notImplemented, "clearTargetScopes": notImplemented,
		}),
		part("user", functions{"setAppMetadata": userSetAppMetadata, "setUserMetadata": userSetUserMetadata}),
		part("validation", functions{"error": validationError}),
	}
	return parts
}

type functions map[string]function

func part(name string, fs functions) *apiPart {
	p := &apiPart{path: name, functions: fs}
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
			if x.trace != nil {
				return x.traced(p.path+"."+name, fn, call)
			}
			return fn(x, call)
		})
	}})
}
