// http and https for those who make requests, over fetch: one policy, no sockets. A request is sent when it is ended, with its body in one
// piece, and so comes the answer's.
const { Readable, Writable } = require('stream');
const { Buffer } = require('buffer');
const { coded } = require('internal/errors');
const { AbortController } = require('internal/abort');
const { URL } = require('url');

const STATUS_CODES = {
  200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content', 206: 'Partial Content', 301: 'Moved Permanently', 302: 'Found', 303: 'See Other',
  304: 'Not Modified', 307: 'Temporary Redirect', 308: 'Permanent Redirect', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found',
  405: 'Method Not Allowed', 406: 'Not Acceptable', 408: 'Request Timeout', 409: 'Conflict', 410: 'Gone', 415: 'Unsupported Media Type', 418: "I'm a Teapot",
  422: 'Unprocessable Entity', 429: 'Too Many Requests', 500: 'Internal Server Error', 501: 'Not Implemented', 502: 'Bad Gateway', 503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

class Agent {
  constructor(options = {}) { this.options = options; this.requests = {}; this.sockets = {}; this.freeSockets = {}; }
  destroy() {}
}

class IncomingMessage extends Readable {
  constructor(response) {
    super();
    this.httpVersion = '1.1';
    this.httpVersionMajor = 1;
    this.httpVersionMinor = 1;
    this.complete = false;
    this.socket = this.connection = { remoteAddress: undefined, destroy() {}, on() {}, once() {}, removeListener() {}, setTimeout() {} };
    this.headers = {};
    this.rawHeaders = [];
    this.trailers = {};
    this.rawTrailers = [];
    if (!response) return;
    this.statusCode = response.status;
    this.statusMessage = response.statusText || STATUS_CODES[response.status] || '';
    for (const [name, value] of response.headers) {
      this.rawHeaders.push(name, value);
      if (name === 'set-cookie') (this.headers[name] ??= []).push(value);
      else this.headers[name] = value;
    }
  }
  setTimeout() { return this; }
}

function addressOf(protocol, options) {
  if (options.socketPath) throw coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'Sockets of files are not available in an Action.');
  const host = options.hostname ?? options.host ?? 'localhost';
  const name = host.includes(':') && !host.startsWith('[') && options.hostname ? `[${host}]` : host;
  const port = options.port ?? options.defaultPort ?? options.agent?.defaultPort;
  return `${options.protocol ?? protocol}//${name}${port && !/:\d+$/.test(name) ? ':' + port : ''}${options.path ?? '/'}`;
}

class ClientRequest extends Writable {
  #parts = []; #headers = new Map(); #controller = new AbortController(); #timer;
  constructor(protocol, input, options, done) {
    super();
    if (typeof options === 'function') [options, done] = [{}, options];
    const from = typeof input === 'string' || input instanceof URL ? require('url').urlToHttpOptions(new URL(input)) : input;
    const all = { ...from, ...options };
    this.method = String(all.method ?? 'GET').toUpperCase();
    this.url = addressOf(protocol, all);
    this.protocol = all.protocol ?? protocol;
    this.path = all.path ?? '/';
    this.host = all.hostname ?? all.host ?? 'localhost';
    this.agent = all.agent;
    this.reusedSocket = false;
    this.aborted = false;
    for (const name of Object.keys(all.headers ?? {})) this.setHeader(name, all.headers[name]);
    if (all.auth && !this.hasHeader('authorization')) this.setHeader('Authorization', 'Basic ' + Buffer.from(all.auth).toString('base64'));
    if (all.timeout) this.setTimeout(all.timeout);
    if (done) this.once('response', done);
    all.signal?.addEventListener('abort', () => this.destroy(all.signal.reason), { once: true });
  }
  setHeader(name, value) { this.#headers.set(String(name).toLowerCase(), [String(name), value]); return this; }
  getHeader(name) { return this.#headers.get(String(name).toLowerCase())?.[1]; }
  hasHeader(name) { return this.#headers.has(String(name).toLowerCase()); }
  removeHeader(name) { this.#headers.delete(String(name).toLowerCase()); }
  getHeaders() { return Object.fromEntries([...this.#headers].map(([name, [, value]]) => [name, value])); }
  getHeaderNames() { return [...this.#headers.keys()]; }
  getRawHeaderNames() { return [...this.#headers.values()].map(([name]) => name); }
  flushHeaders() {}
  setNoDelay() {}
  setSocketKeepAlive() {}
  setTimeout(delay, done) {
    const timers = require('timers');
    if (done) this.once('timeout', done);
    if (this.#timer) timers.clearTimeout(this.#timer);
    this.#timer = delay > 0 ? timers.setTimeout(() => this.emit('timeout'), delay).unref() : undefined;
    return this;
  }
  abort() { this.aborted = true; this.destroy(); }
  _destroy(error, done) {
    this.#controller.abort();
    done(error ?? (this.writableEnded && !this.res ? coded(Error, 'ECONNRESET', 'socket hang up') : null));
  }
  _write(chunk, encoding, done) { this.#parts.push(Buffer.from(chunk)); done(); }
  _final(done) {
    done();
    this.#send().catch((error) => { if (!this.destroyed) { this.destroyed = true; this.emit('error', error); this.emit('close'); } });
  }
  async #send() {
    const headers = [];
    for (const [name, value] of this.#headers.values()) for (const v of Array.isArray(value) ? value : [value]) headers.push([name, String(v)]);
    const body = this.method === 'GET' || this.method === 'HEAD' || this.#parts.length === 0 ? undefined : Buffer.concat(this.#parts);
    let response;
    try {
      response = await require('internal/fetch').fetch(this.url, { method: this.method, headers, body, redirect: 'manual', signal: this.#controller.signal });
    } catch (error) {
      throw error.cause ?? error;
    }
    if (this.destroyed) return;
    if (this.#timer) require('timers').clearTimeout(this.#timer);
    const message = new IncomingMessage(response);
    message.req = this;
    message.url = '';
    this.res = message;
    if (!this.emit('response', message)) message.resume();
    try {
      const b = await response.arrayBuffer();
      if (b.byteLength > 0) message.push(Buffer.from(b));
      message.complete = true;
      message.push(null);
    } catch (error) {
      message.destroy(error.cause ?? error);
    }
    this.emit('close');
  }
}

function unavailable(name) {
  return function () { throw coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `${name} is not available in an Action.`); };
}
exports.make = (protocol) => {
  const name = protocol.slice(0, -1);
  const request = (input, options, done) => new ClientRequest(protocol, input, options, done);
  class OwnAgent extends Agent {
    constructor(options) { super(options); this.protocol = protocol; this.defaultPort = protocol === 'https:' ? 443 : 80; }
  }
  return {
    request, get: (input, options, done) => request(input, options, done).end(), Agent: OwnAgent, globalAgent: new OwnAgent(), METHODS, STATUS_CODES,
    IncomingMessage, ClientRequest, OutgoingMessage: Writable, ServerResponse: unavailable(name + '.ServerResponse'), Server: unavailable(name + '.Server'),
    createServer: unavailable(name + '.createServer'), maxHeaderSize: 16384, validateHeaderName() {}, validateHeaderValue() {},
  };
};
