// Texts and bytes.
const { coded } = require('internal/errors');

const encodings = {
  utf8: 'utf8', 'utf-8': 'utf8', hex: 'hex', base64: 'base64', base64url: 'base64url', latin1: 'latin1', binary: 'latin1', ascii: 'ascii',
  ucs2: 'utf16le', 'ucs-2': 'utf16le', utf16le: 'utf16le', 'utf-16le': 'utf16le',
};

// encodingOf is the one name of an encoding; undefined for none.
function encodingOf(name) {
  if (name === undefined || name === null || name === '') return 'utf8';
  const key = String(name).toLowerCase();
  return Object.hasOwn(encodings, key) ? encodings[key] : undefined;
}

function mustEncoding(name) {
  const encoding = encodingOf(name);
  if (encoding === undefined) throw coded(TypeError, 'ERR_UNKNOWN_ENCODING', 'Unknown encoding: ' + String(name));
  return encoding;
}

// view is any kind of bytes as a Uint8Array over the same memory; undefined for anything else.
function view(value) {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return undefined;
}

// bytes is view, and the bytes of a string.
function bytes(value, encoding) {
  if (typeof value === 'string') return new Uint8Array(native.decode(value, mustEncoding(encoding)));
  return view(value);
}

// bounded is a value as a string of a length that may be taken apart in one call.
function bounded(value) {
  const text = String(value);
  if (text.length > native.maxParsed()) throw coded(RangeError, 'ERR_OUT_OF_RANGE', 'The text is too long.');
  return text;
}

exports.bounded = bounded;
exports.encodingOf = encodingOf;
exports.mustEncoding = mustEncoding;
exports.view = view;
exports.bytes = bytes;
exports.encode = (value, encoding) => native.encode(value, mustEncoding(encoding));
exports.compare = (a, b) => native.compare(a, b);
exports.indexOf = (a, b, last) => native.indexOf(a, b, last);
exports.isUtf8 = (a) => native.isUtf8(a);
exports.complete = (a) => native.complete(a);
