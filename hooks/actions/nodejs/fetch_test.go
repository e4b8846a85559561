package nodejs_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks/actions/egress"
)

// web is a server to fetch from, and a client that may reach it and nothing else.
func web(t *testing.T) (string, *egress.Client) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		json.NewEncoder(w).Encode(map[string]string{
			"method": r.Method, "query": r.URL.RawQuery, "body": string(body), "type": r.Header.Get("Content-Type"), "x": r.Header.Get("X-Test"),
			"agent": r.Header.Get("User-Agent"), "authorization": r.Header.Get("Authorization"),
		})
	})
	mux.HandleFunc("/status", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/echo?redirected", http.StatusFound)
	})
	mux.HandleFunc("/forever", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/forever", http.StatusFound) })
	mux.HandleFunc("/inside", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.2:1/secret", http.StatusFound)
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) { io.CopyN(w, endless{}, 11<<20) })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/slowbody", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "short")
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	policy, err := egress.Parse(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	client := egress.NewClient(policy)
	t.Cleanup(client.CloseIdle)
	return server.URL, client
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

func TestFetch(t *testing.T) {
	t.Parallel()
	url, client := web(t)
	for _, r := range []row{
		{"JSON", `const r = await fetch(url + '/echo?a=1'); const b = await r.json(); return [r.status, r.ok, r.url === url + '/echo?a=1', b.method, b.query, r.headers.get('content-type'), r.headers.getSetCookie()]`,
			`[200,true,true,"GET","a=1","application/json",["a=1","b=2"]]`},
		{"a text that is posted", `(await (await fetch(url + '/echo', { method: 'post', body: 'é', headers: { 'X-Test': 'y' } })).json())`,
			`{"agent":"keepsake-actions","authorization":"","body":"é","method":"POST","query":"","type":"text/plain;charset=UTF-8","x":"y"}`},
		{"a form", `(await (await fetch(url + '/echo', { method: 'POST', body: new URLSearchParams({ a: 'b c' }) })).json()).body`, `"a=b+c"`},
		{"bytes", `(await (await fetch(url + '/echo', { method: 'PUT', body: new Uint8Array([104, 105]) })).json()).body`, `"hi"`},
		{"a form of parts", `const f = new FormData(); f.append('a', 'b'); f.append('file', new Blob(['content'], { type: 'text/x' }), 'n.txt'); const b = await (await fetch(url + '/echo', { method: 'POST', body: f })).json(); return [b.type.startsWith('multipart/form-data; boundary='), b.body.includes('filename="n.txt"'), b.body.includes('content')]`, `[true,true,true]`},
		{"a Request", `const q = new Request(url + '/echo', { method: 'POST', body: '{}', headers: new Headers([['content-type', 'application/json']]) }); return (await (await fetch(q)).json()).type`, `"application/json"`},
		{"an own agent", `(await (await fetch(url + '/echo', { headers: { 'user-agent': 'mine' } })).json()).agent`, `"mine"`},
		{"a status that is no success", `const r = await fetch(url + '/status'); return [r.ok, r.status, r.statusText, await r.text()]`, `[false,418,"I'm a teapot",""]`},
		{"a redirect", `const r = await fetch(url + '/redirect'); return [r.redirected, (await r.json()).query]`, `[true,"redirected"]`},
		{"a redirect by hand", `const r = await fetch(url + '/redirect', { redirect: 'manual' }); return [r.status, r.headers.get('location')]`, `[302,"/echo?redirected"]`},
		{"a redirect as an error", `const e = await fetch(url + '/redirect', { redirect: 'error' }).catch((e) => e); return [e.name, e.message]`, `["TypeError","fetch failed"]`},
		{"redirects without end", `const e = await fetch(url + '/forever').catch((e) => e); return e.cause.message`, `"redirect count exceeded"`},
		{"a redirect to what is not allowed", `const e = await fetch(url + '/inside').catch((e) => e); return [e.message, e.cause.code]`, `["fetch failed: connection refused: the network policy of this server does not allow it (--action-network)","ERR_ACCESS_DENIED"]`},
		{"what is not allowed", `const e = await fetch('http://127.0.0.3/').catch((e) => e); return e.cause.code`, `"ERR_ACCESS_DENIED"`},
		{"another scheme", `const e = await fetch('file:///etc/passwd').catch((e) => e); return [e.name, e.cause.message]`, `["TypeError","only http: and https: are supported"]`},
		{"too large an answer", `await (await fetch(url + '/large')).text()`, `!TypeError: terminated`},
		{"an answer that breaks off", `const e = await (await fetch(url + '/broken')).text().catch((e) => e); return [e.message, e.cause.code]`, `["terminated","ECONNRESET"]`},
		{"a body is read once", `const r = await fetch(url + '/status'); await r.text(); await r.text(); return 1`, `!TypeError: Body is unusable: Body has already been read`},
		{"a clone is read too", `const r = await fetch(url + '/echo'); const c = r.clone(); return (await r.json()).method + (await c.json()).method`, `"GETGET"`},
		{"a stream", `const r = await fetch(url + '/echo'); const reader = r.body.getReader(); const { value } = await reader.read(); return [(await reader.read()).done, JSON.parse(new TextDecoder().decode(value)).method]`, `[true,"GET"]`},
		{"aborted", `const c = new AbortController(); setTimeout(() => c.abort(), 5); const e = await fetch(url + '/slow', { signal: c.signal }).catch((e) => e); return [e.name, e.message]`, `["AbortError","This operation was aborted"]`},
		{"aborted before", `await fetch(url + '/slow', { signal: AbortSignal.abort('no') })`, `!no`},
		{"a timeout", `const e = await fetch(url + '/slow', { signal: AbortSignal.timeout(5) }).catch((e) => e); return e.name`, `"TimeoutError"`},
		{"a timeout while the body comes", `const c = new AbortController(); const r = await fetch(url + '/slowbody', { signal: c.signal }); setTimeout(() => c.abort(), 1); const e = await r.text().catch((e) => e); return e.name`, `"AbortError"`},
		{"many at once", `(await Promise.all(Array.from({ length: 10 }, async (_, i) => (await (await fetch(url + '/echo?' + i)).json()).query))).join()`, `"0,1,2,3,4,5,6,7,8,9"`},
		{"too many at once", `await Promise.all(Array.from({ length: 30 }, () => fetch(url + '/echo'))); return 1`, `!RangeError: Too many requests are under way at once.`},
		{"a host that is not there", `const e = await fetch('http://nowhere.invalid/').catch((e) => e); return e.message.startsWith('fetch failed')`, `true`},
		{"no URL", `await fetch('/relative')`, `!TypeError: Invalid URL`},
		{"a header that is none", `await fetch(url, { headers: { 'a b': 'x' } })`, `!TypeError: Headers: a b is an invalid header name.`},
		{"a header with a line break", `await fetch(url, { headers: { a: 'x\ny' } })`, `!TypeError: Headers: the value of a is an invalid header value.`},
		{"a body with GET", `await fetch(url, { body: 'x' })`, `!TypeError: Request with GET/HEAD method cannot have body.`},
		{"http.get", `const r = await new Promise((ok, no) => require('http').get(url + '/echo?a', ok).on('error', no)); let text = ''; r.setEncoding('utf8'); r.on('data', (c) => { text += c; }); await new Promise((ok) => r.on('end', ok)); return [r.statusCode, r.headers['set-cookie'], JSON.parse(text).query]`, `[200,["a=1","b=2"],"a"]`},
		{"http.request with a body", `const { hostname, port } = new URL(url); const r = await new Promise((ok, no) => { const q = require('http').request({ hostname, port, path: '/echo', method: 'POST', headers: { 'X-Test': 'h', 'Content-Length': 2 }, auth: 'u:p' }, ok); q.on('error', no); q.write('h'); q.end('i'); }); const parts = []; r.on('data', (c) => parts.push(c)); await new Promise((ok) => r.on('end', ok)); const b = JSON.parse(Buffer.concat(parts)); return [b.method, b.body, b.x, b.authorization]`, `["POST","hi","h","Basic dTpw"]`},
		{"http.request that is not allowed", `const e = await new Promise((ok) => require('https').get('https://127.0.0.9/').on('error', ok)); return e.code`, `"ERR_ACCESS_DENIED"`},
		{"http.request that times out", `const e = await new Promise((ok) => { const q = require('http').get(url + '/slow', { timeout: 5 }); q.on('timeout', () => q.destroy()); q.on('error', ok); }); return e.message`, `"socket hang up"`},
		{"Response.json", `const r = Response.json({ a: 1 }, { status: 201 }); return [r.status, await r.json(), r.headers.get('content-type')]`, `[201,{"a":1},"application/json"]`},
		{"headers", `const h = new Headers({ A: '1' }); h.append('a', '2'); return [h.get('A'), [...h], h.has('b')]`, `["1, 2",[["a","1, 2"]],false]`},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			code := r.code
			if !strings.Contains(code, "return ") {
				code = "return " + code
			}
			if diff := cmp.Diff(r.want, evalWith(t, client, "const url = '"+url+"';\n"+code)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", code, diff)
			}
		})
	}
}

func TestWithoutAClientNothingIsReached(t *testing.T) {
	t.Parallel()
	url, _ := web(t)
	got := eval(t, "return (await fetch('"+url+"/echo').catch((e) => e)).cause.code")
	if got != `"ERR_ACCESS_DENIED"` {
		t.Errorf("got %s", got)
	}
}

// Requests that nobody waits for end with the execution.
func TestRequestsEndWithTheExecution(t *testing.T) {
	t.Parallel()
	arrived, ended := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/arrived" {
			<-arrived
			return
		}
		close(arrived)
		<-r.Context().Done()
		close(ended)
	}))
	t.Cleanup(server.Close)
	policy, err := egress.Parse(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	got := evalWith(t, egress.NewClient(policy), "const url = '"+server.URL+"'; fetch(url); await fetch(url + '/arrived'); return 'left'")
	if got != `"left"` {
		t.Errorf("got %s", got)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the request goes on")
	}
}
