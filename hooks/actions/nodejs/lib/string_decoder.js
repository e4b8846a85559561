// string_decoder.
const { TextDecoder } = require('internal/encoding');
const { bytes, encode, mustEncoding } = require('internal/bytes');

class StringDecoder {
  #decoder; #rest = new Uint8Array(0);
  constructor(encoding) {
    this.encoding = mustEncoding(encoding);
    if (this.encoding === 'utf8' || this.encoding === 'utf16le') this.#decoder = new TextDecoder(this.encoding === 'utf8' ? 'utf-8' : 'utf-16le', { ignoreBOM: true });
  }
  write(value) {
    const b = bytes(value);
    if (this.#decoder) return this.#decoder.decode(b, { stream: true });
    if (!this.encoding.startsWith('base64')) return encode(b, this.encoding);
    const joined = new Uint8Array(this.#rest.length + b.length); // three bytes are four digits
    joined.set(this.#rest);
    joined.set(b, this.#rest.length);
    const end = joined.length - joined.length % 3;
    this.#rest = joined.slice(end);
    return encode(joined.subarray(0, end), this.encoding);
  }
  end(value) {
    let text = value === undefined ? '' : this.write(value);
    if (this.#decoder) return text + this.#decoder.decode();
    text += encode(this.#rest, this.encoding);
    this.#rest = new Uint8Array(0);
    return text;
  }
}
exports.StringDecoder = StringDecoder;
