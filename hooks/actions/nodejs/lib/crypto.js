// crypto.
const { Buffer } = require('buffer');
const { bytes, view } = require('internal/bytes');
const { coded, invalidArgument } = require('internal/errors');

// data is a value as bytes; a KeyObject is its secret.
function data(value, name, encoding) {
  const b = value instanceof KeyObject ? value.secret() : bytes(value, encoding === 'buffer' ? undefined : encoding);
  if (b === undefined) throw invalidArgument(name, 'of type string or an instance of Buffer, TypedArray, or DataView', value);
  return b;
}
const out = (buffer, encoding) => encoding === undefined || encoding === 'buffer' ? Buffer.from(buffer) : Buffer.from(buffer).toString(encoding);

class Hash {
  #state; #done = false;
  constructor(state) { this.#state = state; }
  update(value, encoding) {
    if (this.#done) throw coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    this.#state.update(data(value, 'data', encoding));
    return this;
  }
  digest(encoding) {
    if (this.#done) throw coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    this.#done = true;
    return out(this.#state.digest(), encoding);
  }
  copy() { return new Hash(this.#state.copy()); }
  // As a stream, in one go.
  write(value, encoding) { this.update(value, encoding); return true; }
  end(value, encoding) { if (value !== undefined) this.update(value, encoding); return this; }
  read() { return this.#done ? null : this.digest(); }
}
class Hmac extends Hash {}

// KeyObject is a secret key, or half of a pair.
class KeyObject {
  #kind; #secret; #pair; #about;
  constructor(kind, value) {
    this.#kind = kind;
    if (kind === 'secret') this.#secret = value;
    else {
      this.#pair = value;
      this.#about = native.describeKey(value);
    }
  }
  get type() { return this.#kind; }
  get symmetricKeySize() { return this.#secret?.length; }
  get asymmetricKeyType() { return this.#about?.asymmetricKeyType; }
  get asymmetricKeyDetails() {
    if (!this.#about) return undefined;
    const { modulusLength, publicExponent, namedCurve } = this.#about;
    return modulusLength ? { modulusLength, publicExponent: BigInt(publicExponent) } : namedCurve ? { namedCurve } : {};
  }
  secret() {
    if (this.#kind !== 'secret') throw coded(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', `Invalid key object type ${this.#kind}, expected secret.`);
    return this.#secret;
  }
  pair() {
    if (this.#kind === 'secret') throw coded(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', 'Invalid key object type secret, expected private or public.');
    return this.#pair;
  }
  export(options) {
    if (this.#kind === 'secret') return options?.format === 'jwk' ? { kty: 'oct', k: Buffer.from(this.#secret).toString('base64url') } : Buffer.from(this.#secret);
    if (options?.format === 'jwk') return JSON.parse(native.exportKey(this.#pair, 'jwk'));
    const pem = native.exportKey(this.#pair, 'pem');
    return options?.format === 'der' ? Buffer.from(pem.replace(/-----[^-]*-----/g, ''), 'base64') : pem;
  }
  equals(other) { return JSON.stringify(this.export({ format: 'jwk' })) === JSON.stringify(other.export({ format: 'jwk' })); }
  static from(key) { return require('internal/webcrypto').keyObjectOf(key); }
}

Object.defineProperty(KeyObject.prototype, Symbol.toStringTag, { value: 'KeyObject', configurable: true });

function parseKey(input, wanted) {
  if (input instanceof KeyObject) return input.type === wanted || wanted === 'private' ? input : new KeyObject(wanted, native.parseKey(bytes(input.export()), 'pem', wanted));
  const { key = input, format, passphrase } = typeof input === 'object' && input !== null && !view(input) ? input : {};
  if (key instanceof KeyObject) return parseKey(key, wanted);
  if (passphrase !== undefined) throw coded(Error, 'ERR_OSSL_UNSUPPORTED', 'Keys under a passphrase are not supported.');
  if (format === 'jwk') return new KeyObject(wanted, native.parseKey(bytes(JSON.stringify(key)), 'jwk', wanted));
  return new KeyObject(wanted, native.parseKey(data(key, 'key'), format === 'der' ? 'der' : 'pem', wanted));
}
const createSecretKey = (key, encoding) => new KeyObject('secret', data(key, 'key', encoding).slice());
const createPrivateKey = (key) => parseKey(key, 'private');
const createPublicKey = (key) => parseKey(key, 'public');

const constants = { RSA_PKCS1_PADDING: 1, RSA_PKCS1_OAEP_PADDING: 4, RSA_PKCS1_PSS_PADDING: 6, RSA_PSS_SALTLEN_DIGEST: -1, RSA_PSS_SALTLEN_MAX_SIGN: -2, RSA_PSS_SALTLEN_AUTO: -2 };
function signingOptions(key) {
  const plain = typeof key === 'object' && key !== null && !(key instanceof KeyObject) && !view(key) ? key : {};
  return { pss: plain.padding === constants.RSA_PKCS1_PSS_PADDING, salt: plain.saltLength, raw: plain.dsaEncoding === 'ieee-p1363' };
}
const digestName = (name) => name === null || name === undefined ? undefined : String(name);

class Signer {
  #name; #parts = [];
  constructor(name) { this.#name = name; native.hash(name); }
  update(value, encoding) { this.#parts.push(Buffer.from(data(value, 'data', encoding))); return this; }
  write(value, encoding) { this.update(value, encoding); return true; }
  end(value, encoding) { if (value !== undefined) this.update(value, encoding); return this; }
  sign(key, encoding) { return out(native.sign(createPrivateKey(key).pair(), this.#name, Buffer.concat(this.#parts), signingOptions(key)), encoding); }
  verify(key, signature, encoding) {
    return native.verify(createPublicKey(key).pair(), this.#name, Buffer.concat(this.#parts), signingOptions(key), data(signature, 'signature', encoding));
  }
}

function randomInt(low, high, done) {
  if (high === undefined || typeof high === 'function') [low, high, done] = [0, low, high];
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || high <= low || high - low >= 2 ** 48) {
    throw coded(RangeError, 'ERR_OUT_OF_RANGE', `The value of "max" is out of range. It must be greater than the value of "min" (${low}). Received ${high}`);
  }
  return later(done, () => low + native.int(high - low));
}
// later calls back with what make returns, if there is a callback.
function later(done, make) {
  if (typeof done !== 'function') return make();
  let value, failed = null;
  try { value = make(); } catch (error) { failed = error; }
  require('timers').setImmediate(done, failed, value);
  return undefined;
}
function randomFillSync(buffer, offset = 0, size) {
  const b = view(buffer);
  native.fill(b.subarray(offset, size === undefined ? undefined : offset + size));
  return buffer;
}
function timingSafeEqual(a, b) {
  const x = view(a), y = view(b);
  if (!x || !y) throw invalidArgument(x ? 'buf2' : 'buf1', 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView', x ? b : a);
  if (x.length !== y.length) throw coded(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length');
  return native.equal(x, y);
}
const hkdfSync = (digest, key, salt, info, length) => native.hkdf(digest, data(key, 'ikm'), data(salt, 'salt'), data(info, 'info'), length);
const pbkdf2Sync = (password, salt, iterations, length, digest) => Buffer.from(native.pbkdf2(digest, data(password, 'password'), data(salt, 'salt'), iterations, length));
function scryptSync(password, salt, length, options = {}) {
  return Buffer.from(native.scrypt(data(password, 'password'), data(salt, 'salt'), length, options.N ?? options.cost ?? 16384, options.r ?? options.blockSize ?? 8, options.p ?? options.parallelization ?? 1));
}
const unavailable = (name) => function () { throw coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `crypto.${name} is not available in an Action.`); };

Object.assign(exports, {
  constants, KeyObject, Hash, Hmac, Sign: Signer, Verify: Signer, createSecretKey, createPrivateKey, createPublicKey,
  createHash: (name) => new Hash(native.hash(name)), createHmac: (name, key) => new Hmac(native.hmac(name, data(key, 'key'))),
  hash: (name, value, encoding = 'hex') => new Hash(native.hash(name)).update(value).digest(encoding),
  createSign: (name) => new Signer(name), createVerify: (name) => new Signer(name),
  sign: (name, value, key, done) => later(done, () => Buffer.from(native.sign(createPrivateKey(key).pair(), digestName(name), data(value, 'data'), signingOptions(key)))),
  verify: (name, value, key, signature, done) => later(done, () => native.verify(createPublicKey(key).pair(), digestName(name), data(value, 'data'), signingOptions(key), data(signature, 'signature'))),
  getHashes: () => native.hashes(), getCiphers: () => [], getCurves: () => ['prime256v1', 'secp384r1', 'secp521r1'], getFips: () => 0,
  randomBytes: (size, done) => later(done, () => Buffer.from(native.random(size))), pseudoRandomBytes: (size, done) => later(done, () => Buffer.from(native.random(size))),
  randomUUID: () => native.uuid(), randomInt, randomFillSync, timingSafeEqual,
  randomFill: (buffer, ...rest) => { const done = rest.pop(); later(done, () => randomFillSync(buffer, ...rest)); },
  hkdfSync, hkdf: (digest, key, salt, info, length, done) => later(done, () => hkdfSync(digest, key, salt, info, length)),
  pbkdf2Sync, pbkdf2: (password, salt, iterations, length, digest, done) => later(done, () => pbkdf2Sync(password, salt, iterations, length, digest)),
  scryptSync, scrypt: (password, salt, length, options, done) => typeof options === 'function' ? later(options, () => scryptSync(password, salt, length)) : later(done, () => scryptSync(password, salt, length, options)),
});
for (const name of ['createCipheriv', 'createDecipheriv', 'createDiffieHellman', 'createECDH', 'diffieHellman', 'generateKeyPair', 'generateKeyPairSync', 'generateKey',
  'generateKeySync', 'publicEncrypt', 'publicDecrypt', 'privateEncrypt', 'privateDecrypt', 'X509Certificate', 'checkPrime', 'generatePrime']) {
  exports[name] = unavailable(name);
}
for (const name of ['webcrypto', 'subtle', 'getRandomValues']) {
  Object.defineProperty(exports, name, {
    get: () => { const { crypto } = require('internal/webcrypto'); return name === 'webcrypto' ? crypto : name === 'subtle' ? crypto.subtle : (a) => crypto.getRandomValues(a); },
    enumerable: true, configurable: true,
  });
}
