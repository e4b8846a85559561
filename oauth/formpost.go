package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
)

// formPostScript submits the page's form at once. The policy names it by its hash, so that nothing else runs on the page.
const formPostScript = "document.forms[0].submit()"

// formPostPage answers /authorize with response_mode=form_post (OAuth 2.0 Form Post Response Mode): a form that posts the answer
// to the callback. Without JavaScript the user presses the button. fosite fills in RedirURL and Parameters.
var formPostPage = template.Must(template.New("form_post").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Continue to the application</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
</head>
<body>
<form method="post" action="{{.RedirURL}}">
{{range $name, $values := .Parameters}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}<p>You are being taken back to the application.</p>
<button type="submit">Continue</button>
</form>
<script>` + formPostScript + `</script>
</body>
</html>
`))

// formPostPolicy lets the page do that and nothing more. It has no form-action: browsers apply that to where the callback
// redirects in turn, too, and nothing on the page can change where its form goes.
var formPostPolicy = "default-src 'none'; script-src '" + hashSource(formPostScript) + "'; base-uri 'none'; frame-ancestors 'none'"

// hashSource names a script in a Content-Security-Policy (CSP Level 3, 2.3.1).
func hashSource(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
