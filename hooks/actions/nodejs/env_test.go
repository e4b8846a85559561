package nodejs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"
	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks/actions/egress"
	"example.com/keepsake/hooks/actions/nodejs"
)

// eval runs the body of an async function in an environment of its own and returns what it returns, as JSON. "!" and the
// error's text stands for what it throws.
func eval(t testing.TB, body string) string {
	t.Helper()
	return evalWith(t, nil, body)
}

func evalWith(t testing.TB, client *egress.Client, body string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	rt := goja.New()
	env := nodejs.New(nodejs.Options{
		Runtime: rt, Context: ctx, Client: client, Now: time.Now,
		Format:  func(args []goja.Value) string { return fmt.Sprint(len(args)) + " formatted" },
		Inspect: func(v goja.Value, depth int) string { return v.String() },
	})
	defer env.Close()
	rt.Set("require", func(call goja.FunctionCall) goja.Value { return env.Require(call.Argument(0).String()) })
	env.Define(nodejs.Globals(func(name string) bool { return strings.Contains(body, name) }))
	v, err := rt.RunScript("test.js", "(async () => {"+body+"\n})().then((v) => JSON.stringify(v) ?? 'undefined', (e) => '!' + e)")
	if err != nil {
		return "!!" + err.Error()
	}
	promise := v.Export().(*goja.Promise)
	if err := env.Wait(func() bool { return promise.State() != goja.PromiseStatePending }); err != nil {
		return "!!" + err.Error()
	}
	if promise.State() == goja.PromiseStatePending {
		return "pending"
	}
	return promise.Result().String()
}

// check runs rows of an expression and its value as JSON.
func check(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			code := r.code
			if !strings.Contains(code, "return ") && !strings.HasPrefix(code, "throw ") {
				code = "return " + code
			}
			if diff := cmp.Diff(r.want, eval(t, code)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", code, diff)
			}
		})
	}
}

type row struct{ name, code, want string }

func TestBuffer(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"from text", `Buffer.from('héllo').toString('hex')`, `"68c3a96c6c6f"`},
		{"base64", `Buffer.from('héllo?>').toString('base64')`, `"aMOpbGxvPz4="`},
		{"base64url", `Buffer.from('héllo?>').toString('base64url')`, `"aMOpbGxvPz4"`},
		{"from base64 of either alphabet, with spaces", `Buffer.from(' _-8 /+8=', 'base64').toString('hex')`, `"ffef3ffb"`},
		{"from hex, up to what is none", `Buffer.from('616zz1', 'hex').toString()`, `"a"`},
		{"latin1", `Buffer.from('\xff\xe9', 'latin1').toString('latin1') === '\xff\xe9'`, `true`},
		{"utf16le", `Buffer.from('aé', 'utf16le').toString('hex')`, `"6100e900"`},
		{"broken UTF-8 is replaced", `Buffer.from([0x61, 0xff, 0x62]).toString()`, `"a�b"`},
		{"alloc and fill", `Buffer.alloc(5, 'ab').toString()`, `"ababa"`},
		{"without new", `Buffer('x').length + new Buffer(3).length`, `4`},
		{"a buffer is a Uint8Array", `const b = Buffer.from('a'); return [b instanceof Uint8Array, b instanceof Buffer, Buffer.isBuffer(b), Buffer.isBuffer(new Uint8Array(1))]`, `[true,true,true,false]`},
		{"slices share memory", `const b = Buffer.from('abc'); b.slice(1)[0] = 120; return b.toString()`, `"axc"`},
		{"concat", `Buffer.concat([Buffer.from('a'), new Uint8Array([98])], 3).toJSON()`, `{"type":"Buffer","data":[97,98,0]}`},
		{"compare", `[Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.from('a').equals(Buffer.from('a'))]`, `[-1,true]`},
		{"find", `const b = Buffer.from('abcabc'); return [b.indexOf('c'), b.indexOf('c', 3), b.lastIndexOf('c'), b.includes('x'), b.indexOf(98)]`, `[2,5,5,false,1]`},
		{"numbers", `const b = Buffer.alloc(8); b.writeUInt32BE(0xdeadbeef); b.writeInt16LE(-2, 4); return [b.toString('hex'), b.readUInt32BE(0), b.readInt16LE(4), b.readUIntBE(1, 3)]`, `["deadbeeffeff0000",3735928559,-2,11386607]`},
		{"write", `const b = Buffer.alloc(4); return [b.write('héé'), b.toString('hex')]`, `[3,"68c3a900"]`},
		{"byteLength", `[Buffer.byteLength('é'), Buffer.byteLength('YQ==', 'base64')]`, `[2,1]`},
		{"JSON and back", `Buffer.from(JSON.parse(JSON.stringify(Buffer.from('x')))).toString()`, `"x"`},
		{"an unknown encoding", `Buffer.from('a', 'rot13')`, `!TypeError: Unknown encoding: rot13`},
		{"a number", `Buffer.from(5)`, `!TypeError: The "first argument" argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received type number`},
		{"out of bounds", `Buffer.alloc(2).readUInt32LE(0)`, `!RangeError: The value of "offset" is out of range. It must be >= 0 and <= -2. Received 0`},
		{"too large", `Buffer.alloc(2 ** 26)`, `!RangeError: The value of "size" is out of range. It must be >= 0 && <= 33554432. Received 67108864`},
		{"too large an array", `Buffer.from({ length: 2 ** 40 })`, `!RangeError: The value of "size" is out of range. It must be >= 0 && <= 33554432. Received 1099511627776`},
		{"atob and btoa", `[btoa('a\xff'), atob('Yf8=').charCodeAt(1), atob(' Y Q ')]`, `["Yf8=",255,"a"]`},
		{"atob of what is no base64", `atob('a')`, `!InvalidCharacterError: The string to be decoded is not correctly encoded.`},
		{"through require", `require('node:buffer').Buffer === Buffer`, `true`},
	})
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"encode", `[...new TextEncoder().encode('aé€')]`, `[97,195,169,226,130,172]`},
		{"decode", `new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97]))`, `"a"`},
		{"a stream", `const d = new TextDecoder(); return d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }) + d.decode(new Uint8Array([0xac]))`, `"€"`},
		{"fatal", `new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff]))`, `!TypeError: The encoded data was not valid for encoding utf-8`},
		{"string decoder", `const { StringDecoder } = require('string_decoder'); const d = new StringDecoder('utf8'); return [d.write(Buffer.from([0xe2, 0x82])), d.write(Buffer.from([0xac])), d.end()]`, `["","€",""]`},
	})
}

func TestURL(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"parts", `const u = new URL('https://u:p@Example.com:8443/a/../b/?x=1&y#h'); return [u.href, u.origin, u.host, u.port, u.pathname, u.search, u.hash, u.username]`,
			`["https://u:p@example.com:8443/b/?x=1&y#h","https://example.com:8443","example.com:8443","8443","/b/","?x=1&y","#h","u"]`},
		{"a base", `new URL('../c?d', 'https://e.com/a/b/').href`, `"https://e.com/a/c?d"`},
		{"setters", `const u = new URL('https://e.com/'); u.pathname = '/ä b'; u.searchParams.set('q', 'a b&c'); u.hash = 'x'; u.protocol = 'http'; return String(u)`, `"http://e.com/%C3%A4%20b?q=a+b%26c#x"`},
		{"search and its params", `const u = new URL('https://e.com/?a=1'); const p = u.searchParams; u.search = '?b=2'; return [p.get('a'), p.get('b')]`, `[null,"2"]`},
		{"invalid", `new URL('/relative')`, `!TypeError: Invalid URL`},
		{"canParse", `[URL.canParse('x:'), URL.canParse('')]`, `[true,false]`},
		{"as JSON", `JSON.stringify({ u: new URL('https://e.com') })`, `"{\"u\":\"https://e.com/\"}"`},
		{"params", `const p = new URLSearchParams({ a: '1', b: 'x y' }); p.append('a', 'é'); p.delete('b'); return [p.toString(), [...p], p.getAll('a'), p.has('b'), p.size]`, `["a=1&a=%C3%A9",[["a","1"],["a","é"]],["1","é"],false,2]`},
		{"params of a query", `[...new URLSearchParams('?a=%zz&b=1+2&c')]`, `[["a","%zz"],["b","1 2"],["c",""]]`},
		{"params sort", `const p = new URLSearchParams('b=1&a=2'); p.sort(); return String(p)`, `"a=2&b=1"`},
		{"the older parse", `const { protocol, host, pathname, query, auth, hash } = require('url').parse('http://u:p@H.com:80/p?q=1#h', true); return [protocol, host, pathname, query, auth, hash]`, `["http:","h.com:80","/p",{"q":"1"},"u:p","#h"]`},
		{"the older format", `require('url').format({ protocol: 'https', hostname: 'h.com', pathname: 'p', query: { a: 1 } })`, `"https://h.com/p?a=1"`},
		{"resolve", `[require('url').resolve('/a/b', '../c'), require('url').resolve('https://h/a', 'b')]`, `["/c","https://h/b"]`},
		{"querystring", `const q = require('querystring'); return [q.parse('a=1&a=2&b=%20x'), q.stringify({ a: [1, 2], b: 'x y' })]`, `[{"a":["1","2"],"b":" x"},"a=1&a=2&b=x%20y"]`},
	})
}

func TestCrypto(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"hashes", `const c = require('crypto'); return ['md5', 'sha1', 'SHA256'].map((h) => c.createHash(h).update('a').update(Buffer.from('b')).digest('hex'))`,
			`["187ef4436122d1cc2f40dc2b92f0eba0","da23614e02469a0d7c7bd1bdab5c9c474b1904dc","fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"]`},
		{"digest twice", `const h = require('crypto').createHash('sha1'); h.digest(); h.digest(); return 1`, `!Error: Digest already called`},
		{"unknown hash", `require('crypto').createHash('x')`, `!Error: Invalid digest: x`},
		{"HMAC", `require('crypto').createHmac('sha256', 'k').update('d').digest('base64')`, `"5+ohw7y2Ok2jrXhQMWjTa9ygvmIjgupgoQj61OSWZnk="`},
		{"hkdf", `Buffer.from(require('crypto').hkdfSync('sha256', 'key', 'salt', 'info', 16)).toString('hex')`, `"9ca0d662557439e3b83365f2da4626d3"`},
		{"pbkdf2", `require('crypto').pbkdf2Sync('password', 'salt', 1, 20, 'sha1').toString('hex')`, `"0c60c80f961f0e71f3a9b524af6012062fe037a6"`},
		{"scrypt", `require('crypto').scryptSync('', '', 64, { N: 16, r: 1, p: 1 }).toString('hex').slice(0, 16)`, `"77d6576238657b20"`},
		{"random", `const c = require('crypto'); return [c.randomBytes(4).length, c.randomUUID().length, c.randomInt(3) < 3, c.randomInt(5, 6)]`, `[4,36,true,5]`},
		{"randomBytes with a callback", `new Promise((ok) => require('crypto').randomBytes(2, (e, b) => ok([e, b.length])))`, `[null,2]`},
		{"timingSafeEqual", `const { timingSafeEqual: t } = require('crypto'); return [t(Buffer.from('a'), Buffer.from('a')), t(Buffer.from('a'), Buffer.from('b'))]`, `[true,false]`},
		{"timingSafeEqual of other lengths", `require('crypto').timingSafeEqual(Buffer.from('a'), Buffer.from('ab'))`, `!RangeError: Input buffers must have the same byte length`},
		{"the web's digest", `Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('a'))).toString('hex').slice(0, 8); return 'ok'`, `"ok"`},
		{"the web's HMAC", `const k = await crypto.subtle.importKey('raw', new TextEncoder().encode('k'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
			const s = await crypto.subtle.sign('HMAC', k, new TextEncoder().encode('d')); return [Buffer.from(s).toString('base64'), await crypto.subtle.verify('HMAC', k, s, new TextEncoder().encode('d')), await crypto.subtle.verify('HMAC', k, s, new Uint8Array(1))]`,
			`["5+ohw7y2Ok2jrXhQMWjTa9ygvmIjgupgoQj61OSWZnk=",true,false]`},
		{"a usage that was not given", `const k = await crypto.subtle.importKey('raw', new Uint8Array(4), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']); await crypto.subtle.sign('HMAC', k, new Uint8Array(1)); return 1`, `!InvalidAccessError: The key's usages do not include "sign".`},
		{"getRandomValues", `[crypto.getRandomValues(new Uint8Array(3)).length, crypto.randomUUID().length]`, `[3,36]`},
		{"too many iterations", `require('crypto').pbkdf2Sync('p', 's', 1e9, 20, 'sha1')`, `!RangeError: The value of "iterations" is out of range.`},
		{"too many in all", `const c = require('crypto'); for (let i = 0; i < 11; i++) c.pbkdf2Sync('p', 's', 100000, 20, 'sha1'); return 1`, `!RangeError: The Action derives too many keys from passwords.`},
		{"too long a key", `require('crypto').hkdfSync('sha256', 'k', 's', 'i', 1e9)`, `!RangeError: The value of "keylen" is out of range.`},
		{"too much scrypt", `require('crypto').scryptSync('', '', 64, { N: 2 ** 20 })`, `!RangeError: Invalid scrypt params: memory limit exceeded`},
		{"too much randomness", `require('crypto').randomBytes(2 ** 31)`, `!RangeError: The value of "size" is out of range.`},
		{"a cipher", `require('crypto').createCipheriv('aes-256-gcm', 'k', 'iv')`, `!Error: crypto.createCipheriv is not available in an Action.`},
	})
}

const ecKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
-----END PRIVATE KEY-----`

func TestSignatures(t *testing.T) {
	t.Parallel()
	key, _ := json.Marshal(ecKey)
	pre := "const c = require('crypto'), pem = " + string(key) + ";\n"
	for _, r := range []row{
		{"DER", `const s = c.createSign('SHA256').update('d').sign(pem); return [c.createVerify('SHA256').update('d').verify(c.createPublicKey(pem), s), c.createVerify('SHA256').update('e').verify(c.createPublicKey(pem), s)]`, `[true,false]`},
		{"P1363", `const s = c.sign('sha256', Buffer.from('d'), { key: pem, dsaEncoding: 'ieee-p1363' }); return [s.length, c.verify('sha256', Buffer.from('d'), { key: pem, dsaEncoding: 'ieee-p1363' }, s)]`, `[64,true]`},
		{"what a key is", `const k = c.createPrivateKey(pem); return [k.type, k.asymmetricKeyType, c.createPublicKey(k).type, k.export({ format: 'jwk' }).crv]`, `["private","ec","public","P-256"]`},
		{"what kind of key it is", `const k = await c.subtle.importKey('jwk', c.createPublicKey(pem).export({ format: 'jwk' }), { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']); return [k[Symbol.toStringTag], c.createPublicKey(pem)[Symbol.toStringTag], (await c.subtle.exportKey('spki', k)).byteLength]`, `["CryptoKey","KeyObject",91]`},
		{"JWK there and back", `const jwk = c.createPublicKey(pem).export({ format: 'jwk' }); return c.createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'jwk' }).x === jwk.x`, `true`},
		{"the web's ECDSA", `const k = await c.subtle.importKey('jwk', c.createPrivateKey(pem).export({ format: 'jwk' }), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
			const s = await c.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, k, Buffer.from('d')); return [s.byteLength, await c.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, k, s, Buffer.from('d'))]`, `[64,true]`},
		{"the web's RSA keys say how long they are", `const n = Buffer.alloc(256, 0xff).toString('base64url');
			const about = async (e) => { const k = await c.subtle.importKey('jwk', { kty: 'RSA', n, e }, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, true, ['verify']); return [k.algorithm.modulusLength, [...k.algorithm.publicExponent], String(c.KeyObject.from(k).asymmetricKeyDetails.publicExponent)]; };
			return [await about('AQAB'), await about('EQ')]`, `[[2048,[1,0,1],"65537"],[2048,[17],"17"]]`},
		{"what is no key", `return c.createPrivateKey('x')`, `!Error: The key can't be read: it is no PEM`},
		{"a public key does not sign", `return c.sign('sha256', Buffer.from('d'), c.createPublicKey(pem))`, `!Error: The signature can't be made: the key is no private key`},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(r.want, eval(t, pre+r.code)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSmallModules(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"events", `const E = require('events'); const e = new E(); const out = []; e.once('a', (x) => out.push(x)); e.on('a', (x) => out.push(-x)); e.emit('a', 1); e.emit('a', 2); return [out, e.listenerCount('a'), e.emit('b')]`, `[[1,-1,-2],1,false]`},
		{"events as a parent", `class A extends require('events').EventEmitter {}; const a = new A(); const p = require('events').once(a, 'x'); a.emit('x', 5); return p`, `[5]`},
		{"an error that nobody hears", `new (require('events'))().emit('error', new Error('unheard'))`, `!Error: unheard`},
		{"promisify", `require('util').promisify((x, done) => done(null, x + 1))(1)`, `2`},
		{"promisify setTimeout", `require('util').promisify(setTimeout)(1, 'v')`, `"v"`},
		{"callbackify", `new Promise((ok) => require('util').callbackify(async () => 3)((e, v) => ok([e, v])))`, `[null,3]`},
		{"inherits", `function A() {} function B() {} require('util').inherits(B, A); return new B() instanceof A`, `true`},
		{"types", `const { types: t } = require('util'); return [t.isPromise(Promise.resolve()), t.isRegExp(/x/), t.isProxy(new Proxy({}, {})), t.isUint8Array(Buffer.alloc(1)), t.isAsyncFunction(async () => 1)]`, `[true,true,true,true,true]`},
		{"deep equality", `const { isDeepStrictEqual: q } = require('util'); return [q({ a: [1, new Map([[1, { b: 2 }]])] }, { a: [1, new Map([[1, { b: 2 }]])] }), q([1], ['1']), q(NaN, NaN)]`, `[true,false,true]`},
		{"assert", `require('assert').deepStrictEqual({ a: 1 }, { a: 1 }); require('assert')(true); return require('assert').strict.equal.length >= 2`, `true`},
		{"assert fails", `require('assert').strictEqual(1, 2, 'not the same')`, `!AssertionError: not the same`},
		{"assert throws", `require('assert').throws(() => { throw new TypeError('x'); }, TypeError); return 1`, `1`},
		{"path", `const p = require('path'); return [p.join('a', '../b', './c.txt'), p.resolve('/a', 'b'), p.basename('/x/y.js', '.js'), p.extname('a.b.c'), p.dirname('/a/b'), p.relative('/a/b', '/a/c/d')]`, `["b/c.txt","/a/b","y",".c","/a","../c/d"]`},
		{"timers/promises", `require('timers/promises').setTimeout(1, 'late')`, `"late"`},
		{"async local storage", `const s = new (require('async_hooks').AsyncLocalStorage)(); return s.run(7, () => s.getStore())`, `7`},
		{"a stream", `const { Readable, Transform, pipeline } = require('stream'); const out = []; await new Promise((ok, no) => pipeline(Readable.from(['a', 'b']), new Transform({ objectMode: true, transform(c, e, done) { done(null, String(c).toUpperCase()); } }), new (require('stream').Writable)({ objectMode: true, write(c, e, done) { out.push(String(c)); done(); } }), (e) => e ? no(e) : ok())); return out`, `["A","B"]`},
		{"what is not there loads and throws", `const net = require('node:net'); class A extends net.Socket {}; net.connect(1); return 1`, `!Error: net.connect is not available in an Action: use fetch.`},
		{"what is inside of it too", `const { readFile } = require('fs').promises; await readFile('x'); return 1`, `!Error: fs.promises.readFile is not available in an Action.`},
		{"what is not there has no default export", `const m = require('zlib'), or = (m) => 'default' in m ? m : { default: m }; return ['inflate' in m, typeof or(m).default.constants]`, `[true,"object"]`},
		{"an agent is only an object", `new (require('https').Agent)({ keepAlive: true }).options.keepAlive`, `true`},
		{"a server", `require('http').createServer()`, `!Error: http.createServer is not available in an Action.`},
		{"process", `[process.env.HOME, process.platform, typeof process.version, process.cwd()]`, `[null,"linux","string","/"]`},
		{"what process is", `String(process)`, `"[object process]"`},
		{"nextTick", `new Promise((ok) => process.nextTick(ok, 4))`, `4`},
		{"global", `global === globalThis`, `true`},
		{"performance", `performance.now() >= 0 && require('perf_hooks').performance === performance`, `true`},
		{"structuredClone", `const a = { d: new Date(5), m: new Map([[1, new Set([2])]]), u: new Uint8Array([3]), n: [1] }; a.self = a; const b = structuredClone(a); return [b !== a, b.self === b, b.d.getTime(), [...b.m.get(1)], b.u[0], b.n]`, `[true,true,5,[2],3,[1]]`},
		{"structuredClone of a function", `structuredClone({ f() {} })`, `!DataCloneError: f could not be cloned.`},
		{"queueMicrotask", `new Promise((ok) => queueMicrotask(() => ok(1)))`, `1`},
		{"WeakRef", `new WeakRef({ a: 1 }).deref().a`, `1`},
		{"a global can be replaced", `fetch = 1; return fetch`, `1`},
		{"a module is the same each time", `require('events') === require('node:events')`, `true`},
	})
}

func TestPolyfills(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"Object.groupBy", `Object.groupBy([1, 2, 3], (n) => n % 2 ? 'odd' : 'even')`, `{"odd":[1,3],"even":[2]}`},
		{"Map.groupBy", `[...Map.groupBy([1, 2], (n) => n)]`, `[[1,[1]],[2,[2]]]`},
		{"Promise.withResolvers", `const { promise, resolve } = Promise.withResolvers(); resolve(1); return promise`, `1`},
		{"Promise.try", `Promise.try((a) => a, 2)`, `2`},
		{"Array.fromAsync", `Array.fromAsync([Promise.resolve(1), 2])`, `[1,2]`},
		{"well-formed", `['a\ud800'.isWellFormed(), 'a😀'.isWellFormed(), 'a\ud800'.toWellFormed()]`, `[false,true,"a�"]`},
		{"captureStackTrace", `const e = {}; Error.captureStackTrace(e); return typeof e.stack`, `"string"`},
		{"toLocaleString", `[(1234567.891).toLocaleString('en-US'), (0.5).toLocaleString('en', { style: 'percent' }), (12.5).toLocaleString('en-US', { style: 'currency', currency: 'USD' })]`, `["1,234,567.891","50%","$12.50"]`},
		{"Unicode properties", `[new RegExp('^\\p{Lu}', 'u').test('É'), new RegExp('^[\\p{N}_]+$', 'u').test('٣_'), new RegExp('[^\\P{Script=Greek}]', 'v').test('α'), new RegExp('\\p{L}').test('p{L}')]`, `[true,true,true,true]`},
		{"Unicode properties of all kinds", `return ['Alphabetic', 'gc=Letter', 'sc=Latin', 'White_Space', 'Any', 'ASCII', 'Uppercase_Letter', 'ID_Start'].map((p) => { try { return new RegExp('\\p{' + p + '}', 'u').test('A'); } catch (e) { return e.message; } })`,
			`[true,true,true,false,true,true,true,"Invalid regular expression: /\\p{ID_Start}/: The property ID_Start is not supported"]`},
		{"RegExp stays what it is", `const word = "\\p{"; const r = new RegExp('a', 'g'); return [r instanceof RegExp, RegExp(r) === r, r.constructor === RegExp, /x/ instanceof RegExp, 'aa'.replace(r, 'b'), 'a1'.split(/\d/).length]`, `[true,true,true,true,"bb",2]`},
		{"numbers of all kinds", `[0.1 + 0.2, 1e21, -1234.5678, 1.005].map((n) => n.toLocaleString()).concat((2.5).toLocaleString('en-US', { maximumFractionDigits: 0 }), (1234.5).toLocaleString('en-US', { style: 'currency', currency: 'JPY' }), new Intl.NumberFormat('en-US', { minimumFractionDigits: 2 }).format(3))`, `["0.3","1,000,000,000,000,000,000,000","-1,234.568","1.005","3","¥1,235","3.00"]`},
		{"a locale that is not there", `(1.5).toLocaleString('de-DE')`, `!RangeError: The locale de-DE is not supported: there are en-US, en-GB, en-CA, sv-SE`},
		{"iterator helpers", `[1, 2, 3].values().map((n) => n * 2).filter((n) => n > 2).take(1).toArray()`, `[4]`},
		{"Iterator.from", `Iterator.from([1, 2, 3]).drop(1).toArray()`, `[2,3]`},
	})
}

// The wanted texts are those of Node.js 20.
func TestDates(t *testing.T) {
	t.Parallel()
	for _, r := range []struct{ locale, options, want string }{
		{"en-US", `{ timeZone: 'UTC' }`, "11/23/2026, 12:05:06 AM"},
		{"en-US", `{ timeZone: 'UTC', dateStyle: 'full', timeStyle: 'short' }`, "Monday, November 23, 2026 at 12:05 AM"},
		{"en-US", `{ timeZone: 'UTC', dateStyle: 'medium', timeStyle: 'medium' }`, "Nov 23, 2026, 12:05:06 AM"},
		{"en-US", `{ timeZone: 'UTC', dateStyle: 'short', timeStyle: 'long' }`, "11/23/26, 12:05:06 AM UTC"},
		{"en-US", `{ timeZone: 'UTC', weekday: 'long' }`, "Monday"},
		{"en-US", `{ timeZone: 'America/New_York', weekday: 'short' }`, "Sun"},
		{"en-US", `{ timeZone: 'UTC', weekday: 'short', year: 'numeric', month: 'short', day: 'numeric' }`, "Mon, Nov 23, 2026"},
		{"en-US", `{ timeZone: 'UTC', year: 'numeric', month: '2-digit', day: '2-digit' }`, "11/23/2026"},
		{"en-US", `{ timeZone: 'UTC', hour: 'numeric' }`, "12 AM"},
		{"en-US", `{ timeZone: 'UTC', hour: '2-digit', minute: '2-digit' }`, "12:05 AM"},
		{"en-US", `{ timeZone: 'UTC', hour: 'numeric', hour12: false }`, "24"},
		{"en-US", `{ timeZone: 'UTC', hour12: false }`, "11/23/2026, 24:05:06"},
		{"en-US", `{ timeZone: 'UTC', hourCycle: 'h23' }`, "11/23/2026, 00:05:06"},
		{"en-US", `{ timeZone: 'Asia/Tokyo', hour: 'numeric', hour12: false }`, "09"},
		{"en-US", `{ timeZone: 'UTC', month: 'long', year: 'numeric' }`, "November 2026"},
		{"en-US", `{ timeZone: 'UTC', month: 'short', day: 'numeric' }`, "Nov 23"},
		{"en-US", `{ timeZone: 'America/New_York', timeZoneName: 'short' }`, "11/22/2026, 7:05:06 PM EST"},
		{"en-US", `{ timeZone: 'Europe/Berlin', timeZoneName: 'short' }`, "11/23/2026, 1:05:06 AM GMT+1"},
		{"en-US", `{ timeZone: 'Asia/Kolkata', timeZoneName: 'short', hour: 'numeric' }`, "5 AM GMT+5:30"},
		{"en-US", `{ timeZone: 'UTC', weekday: 'short', hour: 'numeric' }`, "Mon 12 AM"},
		{"en-US", `{ timeZone: 'UTC', minute: 'numeric' }`, "5"},
		{"en-US", `{ timeZone: 'UTC', weekday: 'long', month: 'long', day: 'numeric' }`, "Monday, November 23"},
		{"en-US", `{ timeZone: 'UTC', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit' }`, "November 23 at 12:05 AM"},
		{"en-US", `{ timeZone: 'UTC', minute: '2-digit', second: '2-digit' }`, "05:06"},
		{"en-GB", `{ timeZone: 'UTC' }`, "23/11/2026, 00:05:06"},
		{"en-GB", `{ timeZone: 'UTC', hour: 'numeric' }`, "00"},
		{"sv-SE", `{ timeZone: 'Europe/Berlin' }`, "2026-11-23 01:05:06"},
		{"sv-SE", `{ timeZone: 'UTC', year: 'numeric', month: '2-digit', day: '2-digit' }`, "2026-11-23"},
		{"en-CA", `{ timeZone: 'UTC', year: 'numeric', month: '2-digit', day: '2-digit' }`, "2026-11-23"},
		{"en-CA", `{ timeZone: 'UTC', hour12: false }`, "2026-11-23, 24:05:06"},
		{"fr-FR", `{}`, "!RangeError: The locale fr-FR is not supported: there are en-US, en-GB, en-CA, sv-SE"},
		{"en-GB", `{ weekday: 'long' }`, "!RangeError: The locale en-GB is supported for dates and times in numbers only"},
		{"en-US", `{ timeZone: 'Nowhere/Land' }`, "!RangeError: Invalid time zone specified: Nowhere/Land"},
		{"en-US", `{ timeZone: '../../etc/passwd' }`, "!RangeError: Invalid time zone specified: ../../etc/passwd"},
		{"en-US", `{ era: 'short' }`, "!RangeError: The option era is not supported"},
	} {
		t.Run(r.locale+r.options, func(t *testing.T) {
			t.Parallel()
			want := r.want
			if !strings.HasPrefix(want, "!") {
				want = `"` + want + `"`
			}
			if diff := cmp.Diff(want, eval(t, "return new Date(Date.UTC(2026, 10, 23, 0, 5, 6)).toLocaleString('"+r.locale+"', "+r.options+")")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	check(t, []row{
		{"dates and times", `const d = new Date(Date.UTC(2026, 10, 23, 0, 5, 6)), o = { timeZone: 'UTC' }; return [d.toLocaleDateString('en-US', o), d.toLocaleTimeString('en-US', o), d.toLocaleTimeString('en-US', { ...o, weekday: 'long' }), new Date(NaN).toLocaleString()]`,
			`["11/23/2026","12:05:06 AM","Monday 12:05:06 AM","Invalid Date"]`},
		{"Intl", `const f = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', hour: 'numeric', hour12: false, weekday: 'short' }); return [f.format(0), f.formatToParts(new Date(0)).map((p) => p.type + '=' + p.value), f.resolvedOptions().timeZone]`,
			`["Wed, 19",["weekday=Wed","literal=, ","hour=19"],"America/New_York"]`},
	})
}

func TestTimers(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"in order", `const out = []; setTimeout(() => out.push('late'), 5); setTimeout(() => out.push('soon'), 1); setImmediate(() => out.push('now')); await new Promise((ok) => setTimeout(ok, 10)); return out`, `["now","soon","late"]`},
		{"arguments", `new Promise((ok) => setTimeout((a, b) => ok(a + b), 1, 1, 2))`, `3`},
		{"cleared", `const t = setTimeout(() => { throw new Error('not cleared'); }, 1); clearTimeout(t); await new Promise((ok) => setTimeout(ok, 5)); return 'ok'`, `"ok"`},
		{"cleared by number", `const t = setTimeout(() => { throw new Error('not cleared'); }, 1); clearTimeout(+t); await new Promise((ok) => setTimeout(ok, 5)); return 'ok'`, `"ok"`},
		{"interval", `let n = 0; return new Promise((ok) => { const t = setInterval(() => { if (++n === 3) { clearInterval(t); ok(n); } }, 1); })`, `3`},
		{"an interval that stops itself and leaves nothing", `const t = setInterval(() => clearInterval(t), 1); return new Promise(() => {})`, `pending`},
		{"a throw in a callback", `setTimeout(() => { throw new Error('uncaught'); }, 1); return new Promise(() => {})`, "!!Error: uncaught at test.js:1:40(3)"},
		{"unref leaves nothing to wait for", `setTimeout(() => {}, 100000).unref(); return new Promise(() => {})`, `pending`},
		{"nothing to wait for", `new Promise(() => {})`, `pending`},
		{"no function", `setTimeout('code')`, `!TypeError: The "callback" argument must be of type function. Received type string`},
		{"too many", `for (let i = 0; i < 2000; i++) setTimeout(() => {}, 100000); return 1`, `!RangeError: Too many timers are waiting at once.`},
		{"AbortController", `const c = new AbortController(); const out = []; c.signal.addEventListener('abort', () => out.push(c.signal.reason.name)); c.abort(); return [out, c.signal.aborted]`, `[["AbortError"],true]`},
		{"AbortSignal.timeout", `const s = AbortSignal.timeout(1); await new Promise((ok) => setTimeout(ok, 10)); return [s.aborted, s.reason.name]`, `[true,"TimeoutError"]`},
		{"AbortSignal.any", `const c = new AbortController(); const s = AbortSignal.any([c.signal]); c.abort('why'); return s.reason`, `"why"`},
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	rt := goja.New()
	env := nodejs.New(nodejs.Options{Runtime: rt, Context: ctx, Now: time.Now})
	defer env.Close()
	env.Define([]string{"setTimeout"})
	if _, err := rt.RunString("setTimeout(() => {}, 1e9)"); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Millisecond, cancel)
	if err := env.Wait(func() bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}
