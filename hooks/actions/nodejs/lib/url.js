// URL and URLSearchParams of the web, and what is older.
const { coded } = require('internal/errors');
const { bytes, encode, bounded } = require('internal/bytes');

function invalid(input) {
  const error = coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
  error.input = input;
  return error;
}
function parse(input, base) {
  const parts = native.parse(String(input), base === undefined ? undefined : String(base));
  if (parts === undefined) throw invalid(String(input));
  return parts;
}

const decodeText = (text) => {
  text = text.replaceAll('+', ' ');
  try { return decodeURIComponent(text); } catch {
    // Broken escapes stay, broken UTF-8 is replaced.
    return encode(bytes(text.replace(/%([0-9a-f]{2})|[^\x00-\x7f]/gi, (c, hex) =>
      hex ? String.fromCharCode(parseInt(hex, 16)) : encode(bytes(c, 'utf8'), 'latin1')), 'latin1'), 'utf8');
  }
};
const encodeText = (text) => encodeURIComponent(text)
  .replace(/%20/g, '+').replace(/[!'()~]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());
// Encoding replaces half surrogate pairs.
const wellFormed = (text) => encode(bytes(String(text)));

class URLSearchParams {
  #list = []; #changed = () => {};
  constructor(init = '') {
    if (typeof init === 'object' && init !== null || typeof init === 'function') {
      if (typeof init[Symbol.iterator] === 'function') {
        for (const pair of init) {
          const [name, value, ...more] = pair;
          if (more.length > 0 || pair.length === 1) throw coded(TypeError, 'ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple');
          this.#list.push([wellFormed(name), wellFormed(value)]);
        }
      } else {
        for (const name of Reflect.ownKeys(init)) this.#list.push([wellFormed(name), wellFormed(init[name])]);
      }
    } else {
      this.#parse(bounded(init).replace(/^\?/, ''));
    }
  }
  #parse(text) {
    this.#list = bounded(text).split('&').filter((p) => p !== '').map((p) => {
      const at = p.indexOf('=');
      return at < 0 ? [decodeText(p), ''] : [decodeText(p.slice(0, at)), decodeText(p.slice(at + 1))];
    });
  }
  // of makes the one of a URL, which hears of changes.
  static of(search, changed) {
    const params = new URLSearchParams(search);
    params.#changed = changed;
    return params;
  }
  static reset(params, search) { params.#parse(search.replace(/^\?/, '')); }
  get size() { return this.#list.length; }
  append(name, value) { this.#list.push([wellFormed(name), wellFormed(value)]); this.#changed(this); }
  delete(name, value) {
    name = String(name);
    this.#list = this.#list.filter((p) => p[0] !== name || value !== undefined && p[1] !== String(value));
    this.#changed(this);
  }
  get(name) { return this.#list.find((p) => p[0] === String(name))?.[1] ?? null; }
  getAll(name) { return this.#list.filter((p) => p[0] === String(name)).map((p) => p[1]); }
  has(name, value) { return this.#list.some((p) => p[0] === String(name) && (value === undefined || p[1] === String(value))); }
  set(name, value) {
    name = wellFormed(name);
    const first = this.#list.findIndex((p) => p[0] === name);
    if (first < 0) this.#list.push([name, wellFormed(value)]);
    else {
      this.#list[first] = [name, wellFormed(value)];
      this.#list = this.#list.filter((p, i) => i <= first || p[0] !== name);
    }
    this.#changed(this);
  }
  sort() { this.#list.sort((a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0); this.#changed(this); }
  forEach(fn, self) { for (const [name, value] of this.#list) fn.call(self, value, name, this); }
  *entries() { for (let i = 0; i < this.#list.length; i++) yield [...this.#list[i]]; }
  *keys() { for (let i = 0; i < this.#list.length; i++) yield this.#list[i][0]; }
  *values() { for (let i = 0; i < this.#list.length; i++) yield this.#list[i][1]; }
  [Symbol.iterator]() { return this.entries(); }
  toString() { return this.#list.map(([name, value]) => encodeText(name) + '=' + encodeText(value)).join('&'); }
}
Object.defineProperty(URLSearchParams.prototype, Symbol.toStringTag, { value: 'URLSearchParams', configurable: true });

class URL {
  #parts; #params;
  constructor(input, base) { this.#parts = parse(input, base); }
  static canParse(input, base) { return native.parse(String(input), base === undefined ? undefined : String(base)) !== undefined; }
  static parse(input, base) { return URL.canParse(input, base) ? new URL(input, base) : null; }
  static change(url, name, value) {
    url.#parts = name === 'href' ? parse(value) : native.change(url.#parts.href, name, value) ?? url.#parts;
    if (url.#params && (name === 'search' || name === 'href')) resetParams(url.#params, url.#parts.search);
  }
  static part(url, name) { return url.#parts[name]; }
  get origin() { return this.#parts.origin; }
  get searchParams() {
    return this.#params ??= paramsOf(this.#parts.search, (params) => {
      this.#parts = native.change(this.#parts.href, 'search', params.toString()) ?? this.#parts;
    });
  }
  toString() { return this.#parts.href; }
  toJSON() { return this.#parts.href; }
}
const { change, part } = URL;
delete URL.change;
delete URL.part;
for (const name of ['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash']) {
  Object.defineProperty(URL.prototype, name, {
    get() { return part(this, name); }, set(value) { change(this, name, String(value)); }, enumerable: true, configurable: true,
  });
}
const { of: paramsOf, reset: resetParams } = URLSearchParams;
delete URLSearchParams.of;
delete URLSearchParams.reset;
Object.defineProperty(URL.prototype, Symbol.toStringTag, { value: 'URL', configurable: true });

// The older functions.
function Url() {
  for (const name of ['protocol', 'slashes', 'auth', 'host', 'port', 'hostname', 'hash', 'search', 'query', 'pathname', 'path', 'href']) this[name] = null;
}
const slashed = /^(https?|ftp|file|wss?):$/;
function legacyParse(text, parseQuery) {
  if (typeof text !== 'string') throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "url" argument must be of type string.');
  const url = new Url();
  const match = /^\s*(?:([a-z][a-z0-9+.-]*:))?(\/\/)?([^]*)$/i.exec(bounded(text).trim());
  let rest = match[3];
  if (match[1]) url.protocol = match[1].toLowerCase();
  if (match[2] && (url.protocol || text.startsWith('//')) && (url.protocol === null ? false : true)) {
    url.slashes = true;
    const end = rest.search(/[/?#]/);
    let authority = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? '' : rest.slice(end);
    const sign = authority.lastIndexOf('@');
    if (sign >= 0) {
      try { url.auth = decodeURIComponent(authority.slice(0, sign)); } catch { url.auth = authority.slice(0, sign); }
      authority = authority.slice(sign + 1);
    }
    const port = /:(\d*)$/.exec(authority);
    if (port) { url.port = port[1] || null; authority = authority.slice(0, port.index); }
    url.hostname = authority.toLowerCase().replace(/^\[(.*)\]$/, '$1');
    url.host = authority.toLowerCase() + (url.port ? ':' + url.port : '');
  } else if (match[2]) {
    rest = '//' + rest;
  }
  const hash = rest.indexOf('#');
  if (hash >= 0) { url.hash = rest.slice(hash); rest = rest.slice(0, hash); }
  const query = rest.indexOf('?');
  if (query >= 0) { url.search = rest.slice(query); url.query = rest.slice(query + 1); rest = rest.slice(0, query); }
  if (parseQuery) { url.query = require('querystring').parse(url.query ?? ''); url.search ??= ''; }
  url.pathname = rest || (url.slashes && slashed.test(url.protocol) ? '/' : null);
  url.path = url.pathname !== null || url.search ? (url.pathname ?? '') + (url.search ?? '') : null;
  url.href = legacyFormat(url);
  return url;
}
function legacyFormat(url, options) {
  if (typeof url === 'string') url = legacyParse(url);
  if (url instanceof URL) {
    const copy = new URL(url.href);
    if (options?.fragment === false) copy.hash = '';
    if (options?.search === false) copy.search = '';
    if (options?.auth === false) { copy.username = ''; copy.password = ''; }
    return copy.href;
  }
  let protocol = url.protocol || '';
  if (protocol && !protocol.endsWith(':')) protocol += ':';
  let host = url.host ?? (url.hostname ? (url.hostname.includes(':') ? `[${url.hostname}]` : url.hostname) + (url.port ? ':' + url.port : '') : false);
  if (host && url.auth) host = encodeURIComponent(url.auth).replace(/%3A/i, ':') + '@' + host;
  let search = url.search ?? (url.query && typeof url.query === 'object' && Object.keys(url.query).length ? '?' + require('querystring').stringify(url.query) : '');
  if (search && !search.startsWith('?')) search = '?' + search;
  let hash = url.hash || '';
  if (hash && !hash.startsWith('#')) hash = '#' + hash;
  let pathname = (url.pathname || '').replace(/[?#]/g, encodeURIComponent);
  const slashes = url.slashes || (!protocol || slashed.test(protocol)) && host !== false;
  if (slashes && pathname && !pathname.startsWith('/')) pathname = '/' + pathname;
  return protocol + (slashes ? '//' + (host || '') : host || '') + pathname + search.replaceAll('#', '%23') + hash;
}
Url.prototype.parse = function (text, parseQuery) { return Object.assign(this, legacyParse(text, parseQuery)); };
Url.prototype.format = function () { return legacyFormat(this); };
Url.prototype.resolve = function (to) { return resolve(this.href, to); };
function resolve(from, to) {
  const base = new URL(from, 'resolve://host/');
  const url = new URL(to, base);
  return url.protocol === 'resolve:' ? url.href.slice(from.startsWith('/') || to.startsWith('/') ? 'resolve://host'.length : 'resolve://host/'.length) : url.href;
}

module.exports = {
  URL, URLSearchParams, Url, parse: legacyParse, format: legacyFormat, resolve, resolveObject: (from, to) => legacyParse(resolve(from, to)),
  domainToASCII: (s) => native.toASCII(String(s)), domainToUnicode: (s) => native.toUnicode(String(s)),
  fileURLToPath: (url) => decodeURIComponent(new URL(url).pathname), pathToFileURL: (path) => new URL('file://' + encodeURI(path)),
  urlToHttpOptions: (url) => ({
    protocol: url.protocol, hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'), hash: url.hash, search: url.search, pathname: url.pathname,
    path: url.pathname + url.search, href: url.href, ...(url.port !== '' && { port: Number(url.port) }),
    ...((url.username || url.password) && { auth: decodeURIComponent(url.username) + ':' + decodeURIComponent(url.password) }),
  }),
};
