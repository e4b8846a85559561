package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxQuery is the longest query string, in bytes. It waits with the login transaction and stands in the log.
const maxQuery = 8 << 10

// maxParameterName is how much of a parameter's name an error repeats, in bytes.
const maxParameterName = 64

// readForm reads the parameters of a POST: a form, or a JSON object of strings, numbers and booleans as Auth0 takes it (contract 5.2). A body of
// more than limit bytes, another content type, and whatever checkParameters refuses is an *Error invalid_request. Empty
// parameters count as left out (RFC 6749 3.2). The query string is not read: what is in a URL is in logs (RFC 6749 2.3.1).
//
// Afterwards the request's Form and PostForm are the returned values and its body is empty, so that whoever parses the request
// again (fosite does) gets these and nothing else.
func readForm(r *http.Request, limit int64) (url.Values, error) {
	contentType, err := contentTypeOf(r)
	if err != nil {
		return nil, err
	}
	body, err := readBody(r, limit)
	if err != nil {
		return nil, err
	}
	var form url.Values
	if contentType == "application/json" {
		form, err = parseJSON(body)
	} else {
		form, err = parseQuery(string(body))
	}
	if err != nil {
		return nil, err
	}
	r.Form, r.PostForm, r.Body = form, form, http.NoBody
	return form, nil
}

// readQuery reads the parameters of a GET under the rules of readForm.
func readQuery(r *http.Request) (url.Values, error) {
	if len(r.URL.RawQuery) > maxQuery {
		return nil, invalidRequest("The parameters are too long.")
	}
	return parseQuery(r.URL.RawQuery)
}

// formType is the content type of a form.
const formType = "application/x-www-form-urlencoded"

func contentTypeOf(r *http.Request) (string, error) {
	headers := r.Header.Values("Content-Type")
	if len(headers) != 1 {
		return "", invalidRequest("One Content-Type header is needed.")
	}
	if headers[0] == formType { // as nearly everybody writes it
		return formType, nil
	}
	mediaType, params, err := mime.ParseMediaType(headers[0])
	if err != nil || (mediaType != formType && mediaType != "application/json") {
		return "", invalidRequest("The Content-Type must be application/x-www-form-urlencoded or application/json.")
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return "", invalidRequest("The charset must be UTF-8.")
	}
	return mediaType, nil
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge), int64(len(body)) > limit:
		return nil, invalidRequest("The request body is larger than " + strconv.FormatInt(limit, 10) + " bytes.")
	case err != nil:
		e := invalidRequest("The request body could not be read.")
		e.cause = fmt.Errorf("read request body: %w", err)
		return nil, e
	}
	return body, nil
}

func parseQuery(text string) (url.Values, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, invalidRequest("The parameters are not form-encoded.")
	}
	return checkParameters(values)
}

// checkParameters refuses parameters that are there more than once (RFC 6749 3.1, 3.2), those that are not UTF-8, and NUL, which
// PostgreSQL's text can't hold. It drops the empty ones.
func checkParameters(values url.Values) (url.Values, error) {
	for name, v := range values {
		switch {
		case len(v) > 1:
			return nil, errTwice(name)
		case !isText(name) || !isText(v[0]):
			return nil, invalidRequest("Parameter " + quoteName(name) + " is not text in UTF-8.")
		case v[0] == "":
			delete(values, name)
		}
	}
	return values, nil
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

func errTwice(name string) *Error {
	return invalidRequest("Parameter " + quoteName(name) + " was included more than once.")
}

// quoteName makes a parameter's name fit for an error_description, which is printable ASCII without quotes (RFC 6749 5.2).
func quoteName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, name)
	return "'" + name[:min(len(name), maxParameterName)] + "'"
}

// parseJSON reads one JSON object. It goes token by token, since the decoder would keep the last of two equal keys.
func parseJSON(body []byte) (url.Values, error) {
	if !utf8.Valid(body) {
		return nil, invalidRequest("The request body is not in UTF-8.")
	}
	errSyntax := invalidRequest("The request body is not a JSON object.")
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return nil, errSyntax
	}
	values, seen := make(url.Values), make(map[string]bool)
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, errSyntax
		}
		name := key.(string) // the decoder lets nothing else be a key
		if seen[name] {
			return nil, errTwice(name)
		}
		seen[name] = true
		token, err := dec.Token()
		if err != nil {
			return nil, errSyntax
		}
		if values[name], err = jsonParameter(name, token); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, errSyntax
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errSyntax
	}
	return checkParameters(values)
}

// jsonParameter returns a JSON value as a parameter's. null is a parameter without a value.
func jsonParameter(name string, token json.Token) ([]string, error) {
	switch v := token.(type) {
	case string:
		return []string{v}, nil
	case json.Number:
		return []string{v.String()}, nil
	case bool:
		return []string{strconv.FormatBool(v)}, nil
	case nil:
		return []string{""}, nil
	}
	return nil, invalidRequest("Parameter " + quoteName(name) + " must be a string, a number or a boolean.")
}
