package oauth

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/ory/fosite"
)

const (
	typeForm = "application/x-www-form-urlencoded"
	typeJSON = "application/json"
)

func TestReadForm(t *testing.T) {
	t.Parallel()
	one := func(name, value string) url.Values { return url.Values{name: {value}} }
	for _, row := range []struct {
		name, contentType, body string
		want                    url.Values
		err                     string // the description, of invalid_request
	}{
		{"a form", typeForm, "grant_type=password&scope=openid+email%20x", url.Values{"grant_type": {"password"}, "scope": {"openid email x"}}, ""},
		{"a form with a charset", typeForm + "; charset=UTF-8", "a=%C3%A9", one("a", "é"), ""},
		{"a content type in another case", "Application/X-WWW-Form-Urlencoded", "a=b", one("a", "b"), ""},
		{"empty parameters count as left out", typeForm, "a=&b&c=d", one("c", "d"), ""},
		{"an empty form", typeForm, "", url.Values{}, ""},
		{"JSON", typeJSON, `{"grant_type":"password","scope":"openid <é> \u00e9"}`, url.Values{"grant_type": {"password"}, "scope": {"openid <é> é"}}, ""},
		{"JSON with a charset", typeJSON + ";charset=utf-8", " {\"a\":\"b\"}\n", one("a", "b"), ""},
		{"JSON numbers keep their digits", typeJSON, `{"a":12345678901234567890,"b":1.50}`, url.Values{"a": {"12345678901234567890"}, "b": {"1.50"}}, ""},
		{"JSON booleans", typeJSON, `{"a":true,"b":false}`, url.Values{"a": {"true"}, "b": {"false"}}, ""},
		{"JSON null and empty text count as left out", typeJSON, `{"a":null,"b":"","c":"d"}`, one("c", "d"), ""},
		{"JSON names that differ in case", typeJSON, `{"a":"1","A":"2"}`, url.Values{"a": {"1"}, "A": {"2"}}, ""},
		{"an empty object", typeJSON, `{}`, url.Values{}, ""},

		{"a parameter twice", typeForm, "scope=a&x=1&scope=b", nil, "Parameter 'scope' was included more than once."},
		{"a parameter twice with the same value", typeForm, "scope=a&scope=a", nil, "Parameter 'scope' was included more than once."},
		{"a parameter twice, once empty", typeForm, "scope=a&scope=", nil, "Parameter 'scope' was included more than once."},
		{"a parameter twice in other encoding", typeForm, "scope=a&%73cope=b", nil, "Parameter 'scope' was included more than once."},
		{"a JSON key twice", typeJSON, `{"scope":"a","scope":"b"}`, nil, "Parameter 'scope' was included more than once."},
		{"a JSON key twice in other encoding", typeJSON, `{"scope":"a","sc\u006fpe":"b"}`, nil, "Parameter 'scope' was included more than once."},
		{"a JSON key twice, once null", typeJSON, `{"scope":null,"scope":"b"}`, nil, "Parameter 'scope' was included more than once."},
		{"a hostile name twice", typeForm, "%22%3Cb%3E%0D%0A=a&%22%3Cb%3E%0D%0A=b", nil, "Parameter '?<b>??' was included more than once."},
		{"a long name twice", typeForm, strings.Repeat("n", 200) + "=1&" + strings.Repeat("n", 200) + "=2", nil,
			"Parameter '" + strings.Repeat("n", 64) + "' was included more than once."},
		{"a bad escape", typeForm, "a=%zz", nil, "The parameters are not form-encoded."},
		{"a semicolon", typeForm, "a=b;c=d", nil, "The parameters are not form-encoded."},
		{"a value that is not UTF-8", typeForm, "a=%ff", nil, "Parameter 'a' is not text in UTF-8."},
		{"a value with NUL", typeForm, "a=b%00", nil, "Parameter 'a' is not text in UTF-8."},
		{"JSON with NUL", typeJSON, `{"a":"b\u0000"}`, nil, "Parameter 'a' is not text in UTF-8."},
		{"JSON that is not UTF-8", typeJSON, "{\"a\":\"\xff\"}", nil, "The request body is not in UTF-8."},
		{"a JSON array as a value", typeJSON, `{"scope":["a","b"]}`, nil, "Parameter 'scope' must be a string, a number or a boolean."},
		{"a JSON object as a value", typeJSON, `{"scope":{}}`, nil, "Parameter 'scope' must be a string, a number or a boolean."},
		{"a JSON array", typeJSON, `[{"a":"b"}]`, nil, "The request body is not a JSON object."},
		{"JSON text", typeJSON, `"a=b"`, nil, "The request body is not a JSON object."},
		{"JSON null", typeJSON, `null`, nil, "The request body is not a JSON object."},
		{"two JSON objects", typeJSON, `{"a":"b"}{"c":"d"}`, nil, "The request body is not a JSON object."},
		{"JSON that ends early", typeJSON, `{"a":"b"`, nil, "The request body is not a JSON object."},
		{"JSON without a value", typeJSON, `{"a":}`, nil, "The request body is not a JSON object."},
		{"JSON with a trailing comma", typeJSON, `{"a":"b",}`, nil, "The request body is not a JSON object."},
		{"JSON with a key that is no text", typeJSON, `{1:"b"}`, nil, "The request body is not a JSON object."},
		{"an empty body called JSON", typeJSON, "", nil, "The request body is not a JSON object."},
		{"a form called JSON", typeJSON, "a=b", nil, "The request body is not a JSON object."},
		{"no content type", "", "a=b", nil, "One Content-Type header is needed."},
		{"another charset", typeForm + "; charset=iso-8859-1", "a=b", nil, "The charset must be UTF-8."},
		{"multipart", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--", nil,
			"The Content-Type must be application/x-www-form-urlencoded or application/json."},
		{"text", "text/plain", "a=b", nil, "The Content-Type must be application/x-www-form-urlencoded or application/json."},
		{"a broken content type", typeForm + "; =", "a=b", nil, "The Content-Type must be application/x-www-form-urlencoded or application/json."},
		{"as large as may be", typeForm, "a=" + strings.Repeat("b", 998), one("a", strings.Repeat("b", 998)), ""},
		{"a byte larger", typeForm, "a=" + strings.Repeat("b", 999), nil, "The request body is larger than 1000 bytes."},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/oauth/token?client_secret=leaked&grant_type=query", strings.NewReader(row.body))
			if row.contentType != "" {
				r.Header.Set("Content-Type", row.contentType)
			}
			got, err := readForm(r, 1000)
			if row.err != "" {
				wantInvalidRequest(t, err, row.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			// What anybody else reads from the request is the same.
			if err := r.ParseForm(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]url.Values{row.want, row.want}, []url.Values{r.Form, r.PostForm}); diff != "" {
				t.Error(diff)
			}
			if rest, err := io.ReadAll(r.Body); err != nil || len(rest) > 0 {
				t.Errorf("the body is still %q, %v", rest, err)
			}
		})
	}
}

func wantInvalidRequest(t *testing.T, err error, description string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	if e.Code != "invalid_request" || e.Status != http.StatusBadRequest || e.Description != description {
		t.Errorf("got %d %s %q, want %q", e.Status, e.Code, e.Description, description)
	}
}

func TestReadFormWithTwoContentTypes(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("a=b"))
	r.Header["Content-Type"] = []string{typeForm, typeJSON}
	_, err := readForm(r, 100)
	wantInvalidRequest(t, err, "One Content-Type header is needed.")
}

func TestReadFormBodyProblems(t *testing.T) {
	t.Parallel()
	broken := httptest.NewRequest(http.MethodPost, "/", iotest.ErrReader(io.ErrUnexpectedEOF))
	broken.Header.Set("Content-Type", typeForm)
	_, err := readForm(broken, 100)
	wantInvalidRequest(t, err, "The request body could not be read.")
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the cause is lost: %v", err)
	}

	limited := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("a", 200)))
	limited.Header.Set("Content-Type", typeForm)
	limited.Body = http.MaxBytesReader(httptest.NewRecorder(), limited.Body, 100)
	_, err = readForm(limited, 150)
	wantInvalidRequest(t, err, "The request body is larger than 150 bytes.")

	none := &http.Request{Method: http.MethodPost, Header: http.Header{"Content-Type": {typeForm}}, URL: &url.URL{}}
	if form, err := readForm(none, 100); err != nil || len(form) != 0 {
		t.Errorf("no body: got %v, %v", form, err)
	}
}

func TestReadQuery(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/v2/logout?client_id=app&returnTo=https%3A%2F%2Fapp.example.com%2F%3Fa%3Db&federated", nil)
	got, err := readQuery(r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(url.Values{"client_id": {"app"}, "returnTo": {"https://app.example.com/?a=b"}}, got); diff != "" {
		t.Error(diff)
	}
	_, err = readQuery(httptest.NewRequest(http.MethodGet, "/v2/logout?client_id=a&client_id=b", nil))
	wantInvalidRequest(t, err, "Parameter 'client_id' was included more than once.")
}

// formSpy is a grant handler that keeps the form it was asked about.
type formSpy struct{ form url.Values }

func (*formSpy) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }
func (*formSpy) CanHandleTokenEndpointRequest(context.Context, fosite.AccessRequester) bool {
	return true
}
func (f *formSpy) HandleTokenEndpointRequest(_ context.Context, r fosite.AccessRequester) error {
	f.form = r.GetRequestForm()
	return nil
}
func (*formSpy) PopulateTokenEndpointResponse(context.Context, fosite.AccessRequester, fosite.AccessResponder) error {
	return nil
}

// fosite parses the request again. It must see what readForm saw: the JSON body, and nothing of the query string.
func TestFositeUsesTheFormThatWasRead(t *testing.T) {
	t.Parallel()
	want := url.Values{"grant_type": {"password"}, "client_id": {"app"}, "scope": {"openid email"}}
	for contentType, body := range map[string]string{
		typeForm: want.Encode(),
		typeJSON: `{"grant_type":"password","client_id":"app","scope":"openid email"}`,
	} {
		r := httptest.NewRequest(http.MethodPost, "/oauth/token?client_secret=leaked&audience=query", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		if _, err := readForm(r, 1000); err != nil {
			t.Fatal(err)
		}
		spy := &formSpy{}
		var authenticated url.Values
		provider := &fosite.Fosite{Config: &fosite.Config{
			TokenEndpointHandlers: fosite.TokenEndpointHandlers{spy},
			ClientAuthenticationStrategy: func(_ context.Context, _ *http.Request, form url.Values) (fosite.Client, error) {
				authenticated = form
				return &fosite.DefaultClient{ID: form.Get("client_id")}, nil
			},
		}}
		request, err := provider.NewAccessRequest(t.Context(), r, &Session{})
		if err != nil {
			t.Fatalf("%s: %v", contentType, err)
		}
		if diff := cmp.Diff([]url.Values{want, want}, []url.Values{spy.form, authenticated}); diff != "" {
			t.Errorf("%s: %s", contentType, diff)
		}
		if diff := cmp.Diff(fosite.Arguments{"openid", "email"}, request.GetRequestedScopes()); diff != "" {
			t.Errorf("%s: %s", contentType, diff)
		}
		if len(request.GetRequestedAudience()) != 0 {
			t.Errorf("%s: audience %q came from the query string", contentType, request.GetRequestedAudience())
		}
	}
}

func FuzzReadForm(f *testing.F) {
	f.Add(false, []byte("a=b&c=d"))
	f.Add(false, []byte("a=%00&a=%ff;"))
	f.Add(true, []byte(`{"a":"b","c":1e3,"d":null}`))
	f.Add(true, []byte(`{"a":[{}],"a":`))
	f.Fuzz(func(t *testing.T, isJSON bool, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", typeForm)
		if isJSON {
			r.Header.Set("Content-Type", typeJSON)
		}
		form, err := readForm(r, 4096)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Code != codeInvalidRequest {
				t.Fatalf("%q: %v", body, err)
			}
			for _, c := range e.Description {
				if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
					t.Fatalf("%q: description %q is not fit for RFC 6749 5.2", body, e.Description)
				}
			}
			return
		}
		for name, values := range form {
			if len(values) != 1 || values[0] == "" || !utf8.ValidString(name) || !utf8.ValidString(values[0]) || strings.Contains(values[0], "\x00") {
				t.Fatalf("%q: %q = %q", body, name, values)
			}
		}
	})
}
