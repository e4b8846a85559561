// The crypto of the web: random values, digests, HMAC, signatures, and keys from secrets.
const node = require('crypto');
const { Buffer } = require('buffer');
const { view } = require('internal/bytes');
const { DOMException } = require('internal/errors');

const key = {}; // who has it may make keys
class CryptoKey {
  #object; #about;
  constructor(allowed, object, algorithm, extractable, usages) {
    if (allowed !== key) throw new TypeError('Illegal constructor');
    this.#object = object;
    this.#about = { algorithm, extractable, usages: [...usages] };
  }
  get type() { return this.#object.type; }
  get algorithm() { return this.#about.algorithm; }
  get extractable() { return this.#about.extractable; }
  get usages() { return this.#about.usages; }
  static object(k) { return k.#object; }
}
const { object } = CryptoKey;
delete CryptoKey.object;

const unsupported = (what) => new DOMException(`${what} is not supported in an Action.`, 'NotSupportedError');
const nameOf = (algorithm) => String(typeof algorithm === 'string' ? algorithm : algorithm?.name).toUpperCase();
const hashOf = (hash) => {
  const name = nameOf(hash);
  if (!['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'].includes(name)) throw unsupported(`The digest ${name}`);
  return name.replace('-', '').toLowerCase();
};
function content(value) {
  const b = view(value);
  if (!b) throw new TypeError('The data must be an ArrayBuffer or a view of one.');
  return b;
}
const plain = (b) => { const copy = new Uint8Array(b.length); copy.set(b); return copy.buffer; };
const pairs = ['RSASSA-PKCS1-V1_5', 'RSA-PSS', 'ECDSA', 'ED25519'];
const names = { 'RSASSA-PKCS1-V1_5': 'RSASSA-PKCS1-v1_5', ED25519: 'Ed25519' };

const bigEndian = (n) => {
  const hex = n.toString(16);
  return new Uint8Array(Buffer.from(hex.padStart(hex.length + hex.length % 2, '0'), 'hex'));
};

function using(k, usage) {
  if (!(k instanceof CryptoKey)) throw new TypeError('The key must be a CryptoKey.');
  if (!k.usages.includes(usage)) throw new DOMException(`The key's usages do not include "${usage}".`, 'InvalidAccessError');
  return object(k);
}
// signatureOf is what the functions of crypto take: a hash, and a key with its options.
function signatureOf(algorithm, k, pair) {
  const name = nameOf(k.algorithm);
  if (name === 'ED25519') return [null, { key: pair }];
  if (name === 'ECDSA') return [hashOf(algorithm.hash), { key: pair, dsaEncoding: 'ieee-p1363' }];
  if (name === 'RSA-PSS') return [hashOf(k.algorithm.hash), { key: pair, padding: node.constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.saltLength }];
  return [hashOf(k.algorithm.hash), { key: pair }];
}
const hmac = (k, secret, value) => node.createHmac(hashOf(k.algorithm.hash), secret).update(content(value)).digest();

const subtle = {
  async digest(algorithm, value) { return plain(node.createHash(hashOf(algorithm)).update(content(value)).digest()); },
  async importKey(format, material, algorithm, extractable, usages) {
    const name = nameOf(algorithm);
    if (['HMAC', 'HKDF', 'PBKDF2'].includes(name)) {
      if (format !== 'raw' && format !== 'jwk') throw unsupported(`The format ${format}`);
      const secret = node.createSecretKey(format === 'jwk' ? Buffer.from(material.k, 'base64url') : content(material));
      const about = name === 'HMAC' ? { name, hash: { name: nameOf(algorithm.hash) }, length: secret.symmetricKeySize * 8 } : { name };
      return new CryptoKey(key, secret, about, extractable, usages);
    }
    if (!pairs.includes(name)) throw unsupported(`The algorithm ${name}`);
    let half;
    if (format === 'jwk') half = material.d ? node.createPrivateKey({ key: material, format }) : node.createPublicKey({ key: material, format });
    else if (format === 'pkcs8') half = node.createPrivateKey({ key: content(material), format: 'der' });
    else if (format === 'spki') half = node.createPublicKey({ key: content(material), format: 'der' });
    else throw unsupported(`The format ${format}`);
    const about = { name: names[name] ?? name };
    if (algorithm.hash) about.hash = { name: nameOf(algorithm.hash) };
    const { modulusLength, publicExponent } = half.asymmetricKeyDetails;
    if (modulusLength) { // jose refuses keys that do not say how long they are
      about.modulusLength = modulusLength;
      about.publicExponent = bigEndian(publicExponent);
    }
    if (algorithm.namedCurve) about.namedCurve = algorithm.namedCurve;
    return new CryptoKey(key, half, about, extractable, usages);
  },
  async exportKey(format, k) {
    if (!k.extractable) throw new DOMException('The key is not extractable.', 'InvalidAccessError');
    if (format === 'jwk') return { ...object(k).export({ format: 'jwk' }), ext: true, key_ops: k.usages };
    if (format === 'raw' && k.type === 'secret') return plain(object(k).export());
    if (format === 'spki' && k.type === 'public' || format === 'pkcs8' && k.type === 'private') return plain(object(k).export({ format: 'der' }));
    throw unsupported(`The format ${format}`);
  },
  async sign(algorithm, k, value) {
    const inner = using(k, 'sign');
    if (nameOf(k.algorithm) === 'HMAC') return plain(hmac(k, inner, value));
    const [hash, options] = signatureOf(algorithm, k, inner);
    return plain(node.sign(hash, content(value), options));
  },
  async verify(algorithm, k, signature, value) {
    const inner = using(k, 'verify');
    if (nameOf(k.algorithm) === 'HMAC') {
      const expected = hmac(k, inner, value), got = content(signature);
      return expected.length === got.length && node.timingSafeEqual(expected, got);
    }
    const [hash, options] = signatureOf(algorithm, k, inner);
    return node.verify(hash, content(value), options, content(signature));
  },
  async deriveBits(algorithm, k, length) {
    const secret = (k.usages.includes('deriveBits') ? using(k, 'deriveBits') : using(k, 'deriveKey')).secret(), hash = hashOf(algorithm.hash);
    if (nameOf(algorithm) === 'HKDF') return node.hkdfSync(hash, secret, content(algorithm.salt), content(algorithm.info), length / 8);
    if (nameOf(algorithm) === 'PBKDF2') return plain(node.pbkdf2Sync(secret, content(algorithm.salt), algorithm.iterations, length / 8, hash));
    throw unsupported(`The algorithm ${nameOf(algorithm)}`);
  },
  async deriveKey(algorithm, k, wanted, extractable, usages) {
    if (nameOf(wanted) !== 'HMAC') throw unsupported(`The algorithm ${nameOf(wanted)}`);
    const size = wanted.length ?? { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 }[nameOf(wanted.hash)];
    return subtle.importKey('raw', await subtle.deriveBits(algorithm, k, size), wanted, extractable, usages);
  },
  async generateKey(algorithm, extractable, usages) {
    if (nameOf(algorithm) !== 'HMAC') throw unsupported(`Making a key for ${nameOf(algorithm)}`);
    const size = algorithm.length ? algorithm.length / 8 : { 'SHA-1': 64, 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 }[nameOf(algorithm.hash)];
    return subtle.importKey('raw', node.randomBytes(size), algorithm, extractable, usages);
  },
};
for (const name of ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']) {
  subtle[name] = async () => { throw unsupported(`crypto.subtle.${name}`); };
}

exports.crypto = {
  subtle, randomUUID: () => node.randomUUID(),
  getRandomValues(target) {
    const b = view(target);
    if (!b) throw new TypeError('The argument must be an integer typed array.');
    if (b.length > 65536) throw new DOMException(`The requested length exceeds 65,536 bytes`, 'QuotaExceededError');
    node.randomFillSync(b);
    return target;
  },
};
for (const [target, name] of [[exports.crypto, 'Crypto'], [subtle, 'SubtleCrypto'], [CryptoKey.prototype, 'CryptoKey']]) {
  Object.defineProperty(target, Symbol.toStringTag, { value: name, configurable: true }); // jose and jwks-rsa tell keys apart by it
}
exports.CryptoKey = CryptoKey;
exports.keyObjectOf = (k) => object(k);
