// fetch and its classes. A body is bytes that are there, or an answer's that are still to be read.
const { bytes, view, encode, bounded } = require('internal/bytes');
const { outOfRange } = require('internal/errors');
const { AbortController } = require('internal/abort');
const { URL, URLSearchParams } = require('url');

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

class Headers {
  #map = new Map();
  constructor(init) {
    if (init === undefined || init === null) return;
    if (typeof init[Symbol.iterator] === 'function') for (const [name, value] of init) this.append(name, value);
    else for (const name of Object.keys(init)) this.append(name, init[name]);
  }
  #check(name, value = '') {
    if (!token.test(String(name))) throw new TypeError(`Headers: ${String(name)} is an invalid header name.`);
    const text = bounded(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
    if (/[\0\n\r]/.test(text)) throw new TypeError(`Headers: the value of ${name} is an invalid header value.`);
    return [String(name).toLowerCase(), text];
  }
  append(name, value) {
    const [n, v] = this.#check(name, value);
    this.#map.set(n, [...(this.#map.get(n) ?? []), v]);
  }
  set(name, value) { const [n, v] = this.#check(name, value); this.#map.set(n, [v]); }
  delete(name) { this.#map.delete(this.#check(name)[0]); }
  get(name) { return this.#map.get(this.#check(name)[0])?.join(', ') ?? null; }
  has(name) { return this.#map.has(this.#check(name)[0]); }
  getSetCookie() { return [...(this.#map.get('set-cookie') ?? [])]; }
  *entries() {
    for (const name of [...this.#map.keys()].sort()) {
      if (name === 'set-cookie') for (const v of this.#map.get(name)) yield [name, v];
      else yield [name, this.get(name)];
    }
  }
  *keys() { for (const [name] of this.entries()) yield name; }
  *values() { for (const [, value] of this.entries()) yield value; }
  [Symbol.iterator]() { return this.entries(); }
  forEach(fn, self) { for (const [name, value] of this) fn.call(self, value, name, this); }
}

class Blob {
  #bytes; #type;
  constructor(parts = [], options = {}) {
    this.#bytes = join(parts.map((p) => p instanceof Blob ? p.#bytes : typeof p === 'string' ? bytes(p) : view(p) ?? bytes(String(p))));
    this.#type = String(options?.type ?? '').toLowerCase();
  }
  get size() { return this.#bytes.length; }
  get type() { return this.#type; }
  async text() { return encode(this.#bytes, 'utf8'); }
  async bytes() { return this.#bytes.slice(); }
  async arrayBuffer() { return this.#bytes.slice().buffer; }
  slice(start, end, type = '') { return new Blob([this.#bytes.slice(start, end)], { type }); }
  stream() { return new Body(this.#bytes).body; }
  static bytesOf(blob) { return blob.#bytes; }
}
const { bytesOf } = Blob;
delete Blob.bytesOf;

class File extends Blob {
  #name;
  constructor(parts, name, options) { super(parts, options); this.#name = String(name); }
  get name() { return this.#name; }
  get lastModified() { return Date.now(); }
}

class FormData {
  #list = [];
  #value(value, name) { return value instanceof Blob ? (value instanceof File && name === undefined ? value : new File([value], name ?? 'blob', { type: value.type })) : String(value); }
  append(name, value, file) { this.#list.push([String(name), this.#value(value, file)]); }
  set(name, value, file) {
    const at = this.#list.findIndex((p) => p[0] === String(name));
    this.#list = this.#list.filter((p, i) => i === at || p[0] !== String(name));
    if (at < 0) this.append(name, value, file);
    else this.#list[at] = [String(name), this.#value(value, file)];
  }
  delete(name) { this.#list = this.#list.filter((p) => p[0] !== String(name)); }
  get(name) { return this.#list.find((p) => p[0] === String(name))?.[1] ?? null; }
  getAll(name) { return this.#list.filter((p) => p[0] === String(name)).map((p) => p[1]); }
  has(name) { return this.#list.some((p) => p[0] === String(name)); }
  *entries() { yield* this.#list.map((p) => [...p]); }
  *keys() { for (const [name] of this.#list) yield name; }
  *values() { for (const [, value] of this.#list) yield value; }
  [Symbol.iterator]() { return this.entries(); }
  forEach(fn, self) { for (const [name, value] of this.#list) fn.call(self, value, name, this); }
}

function join(parts) {
  const size = parts.reduce((n, p) => n + p.length, 0);
  if (size > 2 ** 25) throw outOfRange('size', `<= ${2 ** 25}`, size);
  const out = new Uint8Array(size);
  let at = 0;
  for (const p of parts) { out.set(p, at); at += p.length; }
  return out;
}

// multipart writes a form as RFC 7578 has it.
function multipart(form) {
  const boundary = '----keepsake' + require('crypto').randomBytes(16).toString('hex');
  const quoted = (text) => text.replace(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22');
  const parts = [];
  for (const [name, value] of form) {
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`;
    if (typeof value !== 'string') head += `; filename="${quoted(value.name)}"\r\nContent-Type: ${value.type || 'application/octet-stream'}`;
    parts.push(bytes(head + '\r\n\r\n'), typeof value === 'string' ? bytes(value) : bytesOf(value), bytes('\r\n'));
  }
  parts.push(bytes(`--${boundary}--\r\n`));
  return [join(parts), 'multipart/form-data; boundary=' + boundary];
}

// extract returns the bytes of a body and the type that it brings along.
function extract(body) {
  if (body === null || body === undefined) return [null, null];
  if (body instanceof URLSearchParams) return [bytes(body.toString()), 'application/x-www-form-urlencoded;charset=UTF-8'];
  if (body instanceof FormData) return multipart(body);
  if (body instanceof Blob) return [bytesOf(body).slice(), body.type || null];
  if (view(body)) return [view(body).slice(), null];
  return [bytes(String(body)), 'text/plain;charset=UTF-8'];
}

class Body {
  #bytes; #handle; #used = false; #stream; #type = () => '';
  constructor(content) { this.#bytes = content; }
  static remote(target, handle) { target.#handle = handle; }
  static typed(target, type) { target.#type = type; }
  static content(target) { return target.#bytes; }
  static handle(target) { return target.#handle; }
  static copy(target, source) {
    if (source.#used) throw new TypeError('Body is unusable: Body has already been read');
    target.#handle = source.#handle;
    target.#bytes = source.#bytes;
  }
  get bodyUsed() { return this.#used; }
  #take() {
    if (this.#used) return Promise.reject(new TypeError('Body is unusable: Body has already been read'));
    if (this.#bytes === null && this.#handle === undefined) return Promise.resolve(new Uint8Array(0));
    this.#used = true;
    return this.#load();
  }
  #load() {
    if (this.#handle === undefined) return Promise.resolve(this.#bytes);
    return this.#handle.load ??= new Promise((resolve, reject) => {
      const { signal, id } = this.#handle;
      if (signal?.aborted) { native.cancel(id); reject(signal.reason); return; }
      native.read(id, (error, buffer) => {
        if (signal?.aborted) reject(signal.reason);
        else if (error) reject(new TypeError('terminated', { cause: error }));
        else resolve(new Uint8Array(buffer));
      });
    });
  }
  // body is a stream of one piece: what reads it gets all bytes at once.
  get body() {
    if (this.#bytes === null && this.#handle === undefined) return null;
    return this.#stream ??= streamOf(() => this.#take(), () => { if (this.#handle) native.cancel(this.#handle.id); });
  }
  arrayBuffer() { return this.#take().then((b) => b.slice().buffer); }
  bytes() { return this.#take().then((b) => b.slice()); }
  text() { return this.#take().then((b) => encode(b, 'utf8').replace(/^\ufeff/, '')); }
  json() { return this.text().then((text) => JSON.parse(text)); }
  blob() { return this.#take().then((b) => new Blob([b], { type: this.#type() })); }
  formData() {
    return this.text().then((text) => {
      const form = new FormData();
      if (!this.#type().includes('urlencoded')) throw new TypeError('Only forms of the type application/x-www-form-urlencoded can be read.');
      for (const [name, value] of new URLSearchParams(text)) form.append(name, value);
      return form;
    });
  }
}
const { remote, typed, content, handle, copy } = Body;
for (const name of ['remote', 'typed', 'content', 'handle', 'copy']) delete Body[name];

function streamOf(take, cancel) {
  let done = false, locked = false;
  const read = async () => {
    if (done) return { done: true, value: undefined };
    done = true;
    const value = await take();
    return value.length === 0 ? { done: true, value: undefined } : { done: false, value };
  };
  const stream = {
    get locked() { return locked; },
    getReader() {
      if (locked) throw new TypeError('The stream is locked.');
      locked = true;
      return { read, releaseLock() { locked = false; }, cancel: async () => { done = true; cancel(); }, closed: Promise.resolve() };
    },
    cancel: async () => { done = true; cancel(); },
    [require('internal/asynciterator')]() { return { next: read, return: async () => { cancel(); return { done: true, value: undefined }; } }; },
  };
  return stream;
}

class Request extends Body {
  #url; #method; #headers; #signal; #redirect;
  constructor(input, init = {}) {
    init ??= {};
    const from = input instanceof Request ? input : undefined;
    const url = new URL(from ? from.url : input);
    if (url.username || url.password) throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${url.protocol}//${url.host}`);
    const [body, type] = init.body === undefined || init.body === null ? [from ? content(from) : null, null] : extract(init.body);
    super(body);
    this.#url = url.href;
    this.#method = normalize(init.method ?? from?.method ?? 'GET');
    this.#headers = new Headers(init.headers ?? from?.headers);
    this.#signal = init.signal === undefined ? from?.signal ?? new AbortController().signal : init.signal ?? new AbortController().signal;
    this.#redirect = init.redirect ?? from?.redirect ?? 'follow';
    if (!['follow', 'error', 'manual'].includes(this.#redirect)) throw new TypeError(`Request: ${this.#redirect} is not a redirect mode.`);
    if (body !== null && (this.#method === 'GET' || this.#method === 'HEAD')) throw new TypeError('Request with GET/HEAD method cannot have body.');
    if (type !== null && !this.#headers.has('content-type')) this.#headers.set('content-type', type);
    typed(this, () => this.#headers.get('content-type') ?? '');
  }
  get url() { return this.#url; }
  get method() { return this.#method; }
  get headers() { return this.#headers; }
  get signal() { return this.#signal; }
  get redirect() { return this.#redirect; }
  get credentials() { return 'same-origin'; }
  get mode() { return 'cors'; }
  get cache() { return 'default'; }
  get duplex() { return 'half'; }
  clone() { return new Request(this); }
}
function normalize(method) {
  const name = String(method), upper = name.toUpperCase();
  if (!token.test(name) || ['CONNECT', 'TRACE', 'TRACK'].includes(upper)) throw new TypeError(`'${name}' is not a valid HTTP method.`);
  return ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'].includes(upper) ? upper : name;
}

class Response extends Body {
  #status; #text; #headers; #url = ''; #redirected = false; #kind = 'default';
  constructor(body = null, init = {}) {
    const [b, type] = extract(body);
    super(b);
    this.#status = init?.status ?? 200;
    if (!(this.#status >= 200 && this.#status <= 599)) throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
    this.#text = String(init?.statusText ?? '');
    this.#headers = new Headers(init?.headers);
    if (type !== null && !this.#headers.has('content-type')) this.#headers.set('content-type', type);
    typed(this, () => this.#headers.get('content-type') ?? '');
  }
  static from(answer, id, signal) {
    const r = new Response(null, { statusText: answer.statusText, headers: answer.headers });
    r.#status = answer.status;
    r.#url = answer.url;
    r.#redirected = answer.redirected;
    r.#kind = 'basic';
    remote(r, { id, signal });
    return r;
  }
  static json(value, init = {}) {
    const r = new Response(JSON.stringify(value), init);
    if (!new Headers(init?.headers).has('content-type')) r.headers.set('content-type', 'application/json');
    return r;
  }
  static error() { const r = new Response(); r.#status = 0; r.#kind = 'error'; return r; }
  static redirect(url, status = 302) { return new Response(null, { status, headers: { location: new URL(url).href } }); }
  get status() { return this.#status; }
  get statusText() { return this.#text; }
  get ok() { return this.#status >= 200 && this.#status <= 299; }
  get headers() { return this.#headers; }
  get url() { return this.#url; }
  get redirected() { return this.#redirected; }
  get type() { return this.#kind; }
  clone() {
    const r = new Response(null, { statusText: this.#text, headers: this.#headers });
    copy(r, this);
    r.#status = this.#status;
    r.#url = this.#url;
    r.#redirected = this.#redirected;
    r.#kind = this.#kind;
    return r;
  }
}
const { from: responseFrom } = Response;
delete Response.from;

async function fetch(input, init) {
  const request = new Request(input, init);
  const { signal } = request;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let id;
    const abort = () => { native.cancel(id); reject(signal.reason); };
    signal.addEventListener('abort', abort, { once: true });
    id = native.send({
      url: request.url, method: request.method, headers: [...request.headers], body: content(request), redirect: request.redirect,
    }, (error, answer) => {
      if (error) {
        signal.removeEventListener('abort', abort);
        reject(signal.aborted ? signal.reason : new TypeError(error.code === 'ERR_ACCESS_DENIED' ? 'fetch failed: ' + error.message : 'fetch failed', { cause: error }));
      } else {
        resolve(responseFrom(answer, id, signal));
      }
    });
  });
}

for (const Class of [Headers, Request, Response, FormData, Blob, File]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}
Object.assign(exports, { fetch, Headers, Request, Response, FormData, Blob, File });
