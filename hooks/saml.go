package hooks

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Limits of api.samlResponse (contract 3.3).
const (
	maxSAMLAttributes = 100
	maxSAMLName       = 1024 // Unicode code points
	maxSAMLValue      = 2048 // Unicode code points
	maxSAMLTotal      = 100 << 10
	maxSAMLProbes     = 10
)

// SAMLResponseAPI is api.samlResponse. Keepsake does not speak SAML: what is set is checked, and has no effect, as at Auth0 in a
// transaction of another protocol.
type SAMLResponseAPI struct{ attributes map[string]any }

// SetAttribute sets an attribute of the assertion: a string, a number, a boolean, a list of those; nil removes it.
func (a *SAMLResponseAPI) SetAttribute(name, value any) error {
	key, ok := name.(string)
	switch {
	case !ok:
		return errors.New("attribute must be string")
	case utf8.RuneCountInString(key) > maxSAMLName:
		return tooLong("attribute", maxSAMLName)
	}
	if err := checkSAMLValue("value", value, true); err != nil {
		return err
	}
	if a.attributes == nil {
		a.attributes = make(map[string]any)
	}
	before, had := a.attributes[key]
	a.attributes[key] = value
	err := a.checkSize()
	if err != nil && had {
		a.attributes[key] = before
	} else if err != nil {
		delete(a.attributes, key)
	}
	return err
}

func (a *SAMLResponseAPI) checkSize() error {
	if len(a.attributes) > maxSAMLAttributes {
		return fmt.Errorf("The number of SAML attributes exceeds the allowed maximum of %d.", maxSAMLAttributes)
	}
	if size, err := jsonSize(a.attributes); err != nil || size > maxSAMLTotal {
		return fmt.Errorf("The total size of the SAML attributes exceeds the limit of %d bytes.", maxSAMLTotal)
	}
	return nil
}

func tooLong(name string, limit int) error {
	return fmt.Errorf("%s must NOT have more than %d characters", name, limit)
}

func checkSAMLValue(name string, value any, list bool) error {
	switch v := value.(type) {
	case string:
		if utf8.RuneCountInString(v) > maxSAMLValue {
			return tooLong(name, maxSAMLValue)
		}
		return nil
	case bool, float64, int64:
		return nil
	case nil:
		if list {
			return nil
		}
	case []any:
		if !list {
			break
		}
		for i, item := range v {
			if err := checkSAMLValue(strconv.Itoa(i), item, false); err != nil {
				return err
			}
		}
		return nil
	}
	if list {
		return errors.New(name + " must be string,number,boolean,null,array")
	}
	return errors.New(name + " must be string,number,boolean")
}

// samlSetting is the rule for one of the other setters.
type samlSetting struct {
	kind    string // string, boolean, number, array (of strings), or enum
	limit   int    // of characters
	allowed []string
}

func samlText(limit int) samlSetting { return samlSetting{kind: "string", limit: limit} }

var samlFlag = samlSetting{kind: "boolean"}

// samlSettings are the rules by the name of the setting; its setter is called set, and the name with a capital.
var samlSettings = map[string]samlSetting{
	"audience": samlText(2048), "recipient": samlText(2048), "destination": samlText(2048),
	"RelayState": samlText(512), "issuer": samlText(512), "authnContextClassRef": samlText(512), "nameIdentifierFormat": samlText(512),
	"cert": samlText(4096), "key": samlText(4096), "signingCert": samlText(4096), "encryptionCert": samlText(4096), "encryptionPublicKey": samlText(4096),
	"createUpnClaim": samlFlag, "passthroughClaimsWithNoMapping": samlFlag, "mapUnknownClaimsAsIs": samlFlag, "mapIdentities": samlFlag,
	"signResponse": samlFlag, "includeAttributeNameFormat": samlFlag, "typedAttributes": samlFlag,
	"lifetimeInSeconds":    {kind: "number"},
	"nameIdentifierProbes": {kind: "array", limit: 512},
	"signatureAlgorithm":   {kind: "enum", allowed: []string{"rsa-sha256", "rsa-sha1"}},
	"digestAlgorithm":      {kind: "enum", allowed: []string{"sha256", "sha1"}},
	"encryptionAlgorithm":  {kind: "enum", allowed: []string{"aes256-gcm", "aes256-cbc"}},
}

// SAMLSettings are the names of what Configure takes.
func SAMLSettings() []string {
	names := make([]string, 0, len(samlSettings))
	for name := range samlSettings {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Configure sets one of SAMLSettings: strings, booleans, float64s, lists of strings, as the setting demands.
func (a *SAMLResponseAPI) Configure(name string, value any) error {
	rule, ok := samlSettings[name]
	if !ok {
		return fmt.Errorf("there is no SAML setting %q", name)
	}
	return rule.check(name, value)
}

func (s samlSetting) check(name string, value any) error {
	ok := true
	switch s.kind {
	case "boolean":
		_, ok = value.(bool)
	case "number":
		switch value.(type) {
		case float64, int64:
		default:
			ok = false
		}
	case "enum":
		text, _ := value.(string)
		if !slices.Contains(s.allowed, text) {
			return errors.New(name + " must be equal to one of the allowed values")
		}
	case "string":
		var text string
		if text, ok = value.(string); ok && utf8.RuneCountInString(text) > s.limit {
			return tooLong(name, s.limit)
		}
	case "array":
		list, isList := value.([]any)
		if !isList {
			return errors.New(name + " must be array")
		}
		if len(list) > maxSAMLProbes {
			return fmt.Errorf("%s must NOT have more than %d items", name, maxSAMLProbes)
		}
		for i, item := range list {
			if err := samlText(s.limit).check(strconv.Itoa(i), item); err != nil {
				return err
			}
		}
	}
	if !ok {
		return errors.New(name + " must be " + s.kind)
	}
	return nil
}
