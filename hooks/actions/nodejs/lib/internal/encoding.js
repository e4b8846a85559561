// TextEncoder and TextDecoder.
const { bytes, view, encode, isUtf8, complete } = require('internal/bytes');
const { coded, invalidArgument } = require('internal/errors');

class TextEncoder {
  get encoding() { return 'utf-8'; }
  encode(text = '') { return bytes(String(text)); }
  encodeInto(text, target) {
    let read = 0, written = 0;
    for (const char of String(text)) {
      const b = bytes(char);
      if (written + b.length > target.length) break;
      target.set(b, written);
      written += b.length;
      read += char.length;
    }
    return { read, written };
  }
}

const labels = {
  'utf-8': 'utf8', utf8: 'utf8', 'unicode-1-1-utf-8': 'utf8', 'utf-16le': 'utf16le', 'utf-16': 'utf16le', 'ucs-2': 'utf16le', unicode: 'utf16le',
  latin1: 'latin1', 'iso-8859-1': 'latin1', 'windows-1252': 'latin1', ascii: 'latin1', 'us-ascii': 'latin1',
};
const names = { utf8: 'utf-8', utf16le: 'utf-16le', latin1: 'windows-1252' };

class TextDecoder {
  #kind; #fatal; #ignoreBOM; #rest = new Uint8Array(0);
  constructor(label = 'utf-8', options = {}) {
    const key = String(label).trim().toLowerCase();
    if (!Object.hasOwn(labels, key)) throw coded(RangeError, 'ERR_ENCODING_NOT_SUPPORTED', `The "${label}" encoding is not supported`);
    this.#kind = labels[key];
    this.#fatal = !!options?.fatal;
    this.#ignoreBOM = !!options?.ignoreBOM;
  }
  get encoding() { return names[this.#kind]; }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return this.#ignoreBOM; }
  decode(input, options = {}) {
    let b = input === undefined ? new Uint8Array(0) : view(input);
    if (b === undefined) throw invalidArgument('list', 'an instance of ArrayBuffer or ArrayBufferView', input);
    if (this.#rest.length > 0) {
      const joined = new Uint8Array(this.#rest.length + b.length);
      joined.set(this.#rest);
      joined.set(b, this.#rest.length);
      b = joined;
    }
    this.#rest = new Uint8Array(0);
    if (options?.stream) {
      const end = this.#kind === 'utf8' ? complete(b) : this.#kind === 'utf16le' ? b.length & ~1 : b.length;
      this.#rest = b.slice(end);
      b = b.subarray(0, end);
    }
    if (this.#fatal && this.#kind === 'utf8' && !isUtf8(b)) {
      throw coded(TypeError, 'ERR_ENCODING_INVALID_ENCODED_DATA', 'The encoded data was not valid for encoding utf-8');
    }
    const text = encode(b, this.#kind);
    return !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }
}

exports.TextEncoder = TextEncoder;
exports.TextDecoder = TextDecoder;
