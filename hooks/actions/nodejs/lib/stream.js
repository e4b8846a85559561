// Streams, as far as packages need them to load and to pass buffers along: no backpressure.
const EventEmitter = require('events');
const { Buffer } = require('buffer');
const { inherits } = require('util');
const nextTick = (fn) => { Promise.resolve().then(fn); };

function Stream() { EventEmitter.call(this); }
inherits(Stream, EventEmitter);
Stream.prototype.pipe = function (target) {
  this.on('data', (chunk) => target.write(chunk));
  this.on('end', () => { if (target !== process.stdout) target.end(); });
  target.emit('pipe', this);
  return target;
};
const process = require('process');

const readable = {
  _initReadable(options = {}) {
    this._queue = [];
    this._ended = false;
    this._flowing = false;
    this.readable = true;
    this.readableEnded = false;
    this.readableObjectMode = !!(options.objectMode || options.readableObjectMode);
    if (options.read) this._read = options.read;
    if (options.destroy) this._destroy = options.destroy;
    if (options.encoding) this.setEncoding(options.encoding);
  },
  _read() {},
  push(chunk, encoding) {
    if (chunk === null) this._ended = true;
    else this._queue.push(!this.readableObjectMode && typeof chunk === 'string' && !this._decoder ? Buffer.from(chunk, encoding) : chunk);
    if (this._flowing) nextTick(() => this._flow());
    else this.emit('readable');
    return true;
  },
  _flow() {
    while (this._flowing && this._queue.length > 0) this.emit('data', this._decode(this._queue.shift()));
    if (!this._flowing || this.readableEnded) return;
    if (this._ended) {
      this.readableEnded = true;
      this.readable = false;
      this.emit('end');
      nextTick(() => this.emit('close'));
    } else if (!this._reading) {
      this._reading = true;
      this._read(16384);
      this._reading = false;
      if (this._queue.length > 0 || this._ended) nextTick(() => this._flow());
    }
  },
  _decode(chunk) { return this._decoder ? this._decoder.write(chunk) : chunk; },
  setEncoding(encoding) { this._decoder = new (require('string_decoder').StringDecoder)(encoding); return this; },
  read() {
    if (this._queue.length === 0 && !this._ended) this._read(16384);
    if (this._queue.length > 0) return this._decode(this._queue.shift());
    if (this._ended && !this.readableEnded) { this.readableEnded = true; nextTick(() => this.emit('end')); }
    return null;
  },
  resume() { this._flowing = true; nextTick(() => this._flow()); return this; },
  pause() { this._flowing = false; return this; },
  isPaused() { return !this._flowing; },
  unpipe() { return this; },
  on(name, listener) {
    EventEmitter.prototype.on.call(this, name, listener);
    if (name === 'data') this.resume();
    return this;
  },
};
readable.addListener = readable.on;
const asyncIterator = require('internal/asynciterator');
readable[asyncIterator] = function () {
  const items = [], waiting = [];
  let over = false, failed;
  const settle = () => {
    while (waiting.length > 0 && (items.length > 0 || over)) {
      const [resolve, reject] = waiting.shift();
      if (items.length > 0) resolve({ done: false, value: items.shift() });
      else if (failed) reject(failed);
      else resolve({ done: true, value: undefined });
    }
  };
  this.on('data', (chunk) => { items.push(chunk); settle(); });
  this.on('end', () => { over = true; settle(); });
  this.on('error', (error) => { over = true; failed = error; settle(); });
  return {
    next: () => new Promise((resolve, reject) => { waiting.push([resolve, reject]); settle(); }),
    return: async () => { this.destroy(); return { done: true, value: undefined }; },
  };
};

const writable = {
  _initWritable(options = {}) {
    this.writable = true;
    this.writableEnded = false;
    this.writableFinished = false;
    this.writableObjectMode = !!(options.objectMode || options.writableObjectMode);
    this._pending = Promise.resolve();
    if (options.write) this._write = options.write;
    if (options.final) this._final = options.final;
    if (options.destroy) this._destroy = options.destroy;
  },
  _write(chunk, encoding, done) { done(); },
  _final(done) { done(); },
  write(chunk, encoding, done) {
    if (typeof encoding === 'function') [encoding, done] = [undefined, encoding];
    if (this.writableEnded) { this.destroy(new Error('write after end')); return false; }
    const value = !this.writableObjectMode && typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    this._after((next) => this._write(value, typeof chunk === 'string' ? encoding ?? 'utf8' : 'buffer', next), done);
    return true;
  },
  _after(step, done) {
    this._pending = this._pending.then(() => new Promise((resolve) => step((error) => {
      if (error) this.destroy(error);
      done?.(error);
      resolve();
    }))).catch((error) => this.destroy(error));
  },
  end(chunk, encoding, done) {
    if (typeof chunk === 'function') [chunk, done] = [undefined, chunk];
    else if (typeof encoding === 'function') [encoding, done] = [undefined, encoding];
    if (this.writableEnded) return this;
    if (chunk !== undefined && chunk !== null) this.write(chunk, encoding);
    this.writableEnded = true;
    this._after((next) => this._final(next), (error) => {
      if (error) return;
      this.writableFinished = true;
      this.writable = false;
      this.emit('finish');
      done?.();
    });
    return this;
  },
  cork() {}, uncork() {}, setDefaultEncoding() { return this; },
};
const common = {
  destroyed: false,
  _destroy(error, done) { done(error); },
  destroy(error) {
    if (this.destroyed) return this;
    this.destroyed = true;
    this._destroy(error ?? null, (failed) => nextTick(() => {
      if (failed) this.emit('error', failed);
      this.emit('close');
    }));
    return this;
  },
};

function mix(constructor, parent, ...parts) {
  inherits(constructor, parent);
  for (const part of parts) Object.defineProperties(constructor.prototype, Object.getOwnPropertyDescriptors(part));
}
function Readable(options) { Stream.call(this); this._initReadable(options ?? {}); }
mix(Readable, Stream, common, readable);
Readable.from = (items, options) => {
  const stream = new Readable({ objectMode: true, ...options });
  (async () => {
    const iterator = typeof items === 'string' || items instanceof Uint8Array ? [items][Symbol.iterator]() : items[asyncIterator]?.() ?? items[Symbol.iterator]();
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) break;
      stream.push(await value);
    }
    stream.push(null);
  })().catch((error) => stream.destroy(error));
  return stream;
};
function Writable(options) { Stream.call(this); this._initWritable(options ?? {}); }
mix(Writable, Stream, common, writable);
function Duplex(options) { Stream.call(this); this._initReadable(options ?? {}); this._initWritable(options ?? {}); }
mix(Duplex, Readable, writable);
function Transform(options = {}) {
  Duplex.call(this, options);
  if (options?.transform) this._transform = options.transform;
  if (options?.flush) this._flush = options.flush;
}
mix(Transform, Duplex, {
  _transform(chunk, encoding, done) { done(null, chunk); },
  _flush(done) { done(); },
  _write(chunk, encoding, done) {
    this._transform(chunk, encoding, (error, value) => { if (!error && value !== undefined && value !== null) this.push(value); done(error); });
  },
  _final(done) {
    this._flush((error, value) => { if (!error && value !== undefined && value !== null) this.push(value); this.push(null); done(error); });
  },
});
function PassThrough(options) { Transform.call(this, options); }
inherits(PassThrough, Transform);

function finished(stream, options, done) {
  if (typeof options === 'function') done = options;
  let over = false;
  const settle = (error) => { if (!over) { over = true; done(error); } };
  stream.on('error', settle);
  stream.on('end', () => settle());
  stream.on('finish', () => settle());
  return () => { over = true; };
}
function pipeline(...streams) {
  const done = typeof streams.at(-1) === 'function' ? streams.pop() : () => {};
  let over = false;
  const settle = (error) => { if (!over) { over = true; done(error); } };
  streams.forEach((s, i) => {
    s.on('error', settle);
    if (i > 0) streams[i - 1].pipe(s);
  });
  streams.at(-1).on(streams.at(-1)._write ? 'finish' : 'end', () => settle());
  return streams.at(-1);
}
module.exports = Object.assign(Stream, {
  Stream, Readable, Writable, Duplex, Transform, PassThrough, finished, pipeline, isReadable: (s) => !!s.readable,
  addAbortSignal: (signal, stream) => { signal.addEventListener('abort', () => stream.destroy(signal.reason)); return stream; },
});
Object.defineProperty(Stream, 'promises', { get: () => require('stream_promises'), configurable: true });
