// Buffer: a Uint8Array with Node.js's methods.
const { bytes, view, encode, mustEncoding, encodingOf, compare, indexOf, isUtf8, bounded } = require('internal/bytes');
const { invalidArgument, outOfRange, DOMException } = require('internal/errors');

const kMaxLength = 2 ** 25;

class FastBuffer extends Uint8Array {}

function Buffer(value, encodingOrOffset, length) {
  if (typeof value === 'number') return Buffer.alloc(value);
  return Buffer.from(value, encodingOrOffset, length);
}
Object.setPrototypeOf(Buffer, Uint8Array);
Buffer.prototype = FastBuffer.prototype;
Object.defineProperty(Buffer.prototype, 'constructor', { value: Buffer, writable: true, configurable: true });

function over(buffer, offset, length) { return new FastBuffer(buffer, offset, length); }
function own(u8) { return over(u8.buffer, u8.byteOffset, u8.byteLength); }

function checkSize(size) {
  if (typeof size !== 'number') throw invalidArgument('size', 'of type number', size);
  if (!(size >= 0 && size <= kMaxLength)) throw outOfRange('size', `>= 0 && <= ${kMaxLength}`, size);
}

Buffer.poolSize = 8192;
Buffer.alloc = (size, fill, encoding) => {
  checkSize(size);
  const b = new FastBuffer(Math.trunc(size));
  return fill === undefined || fill === 0 ? b : b.fill(fill, encoding);
};
Buffer.allocUnsafe = Buffer.allocUnsafeSlow = (size) => Buffer.alloc(size);
Buffer.from = (value, encodingOrOffset, length) => {
  if (typeof value === 'string') return own(bytes(value, encodingOrOffset));
  if (value instanceof ArrayBuffer) return over(value, encodingOrOffset ?? 0, length);
  if (typeof value !== 'object' || value === null) {
    throw invalidArgument('first argument', 'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', value);
  }
  if (value instanceof Uint8Array) return copyOf(value);
  if (value.type === 'Buffer' && Array.isArray(value.data)) return copyOf(value.data);
  if (value instanceof String) return Buffer.from(String(value), encodingOrOffset);
  if (typeof value.length === 'number') return copyOf(value);
  const primitive = typeof value.valueOf === 'function' ? value.valueOf() : value;
  if (primitive !== value && primitive !== null && primitive !== undefined) return Buffer.from(primitive, encodingOrOffset, length);
  if (typeof value[Symbol.toPrimitive] === 'function') return Buffer.from(value[Symbol.toPrimitive]('string'), encodingOrOffset);
  throw invalidArgument('first argument', 'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', value);
};
function copyOf(list) {
  const length = Math.max(0, Math.trunc(list.length) || 0);
  checkSize(length);
  const b = new FastBuffer(length);
  if (list instanceof Uint8Array) b.set(list);
  else for (let i = 0; i < length; i++) b[i] = list[i];
  return b;
}
Buffer.of = (...items) => copyOf(items);
Buffer.isBuffer = (value) => value instanceof FastBuffer;
Buffer.isEncoding = (name) => typeof name === 'string' && name !== '' && encodingOf(name) !== undefined;
Buffer.byteLength = (value, encoding) => {
  const b = typeof value === 'string' ? bytes(value, encodingOf(encoding)) : view(value);
  if (b === undefined) throw invalidArgument('string', 'of type string or an instance of Buffer or ArrayBuffer', value);
  return b.byteLength;
};
Buffer.compare = (a, b) => compare(mustBytes(a, 'buf1'), mustBytes(b, 'buf2'));
Buffer.concat = (list, total) => {
  if (!Array.isArray(list)) throw invalidArgument('list', 'an instance of Array', list);
  if (total === undefined) {
    total = 0;
    for (const b of list) total += b.length;
  }
  const out = Buffer.alloc(total);
  let at = 0;
  for (let i = 0; i < list.length && at < total; i++) {
    const b = mustBytes(list[i], `list[${i}]`);
    out.set(b.length > total - at ? b.subarray(0, total - at) : b, at);
    at += b.length;
  }
  return out;
};

function mustBytes(value, name) {
  if (!(value instanceof Uint8Array)) throw invalidArgument(name, 'an instance of Buffer or Uint8Array', value);
  return value;
}

// range brings start and end into the buffer, negative ones counted from its end when relative is set.
function range(length, start, end, relative) {
  const clamp = (n, otherwise) => {
    n = n === undefined ? otherwise : Math.trunc(n) || 0;
    return Math.max(0, Math.min(length, relative && n < 0 ? n + length : n));
  };
  const from = clamp(start, 0);
  return [from, Math.max(from, clamp(end, length))];
}

const methods = {
  toString(encoding, start, end) {
    if (arguments.length === 0) return encode(this, 'utf8');
    const [from, to] = range(this.length, start, end);
    return encode(this.subarray(from, to), encoding);
  },
  toJSON() {
    if (this.length > 2 ** 20) throw outOfRange('length', `<= ${2 ** 20} to be JSON`, this.length);
    return { type: 'Buffer', data: Array.from(this) };
  },
  equals(other) { return compare(this, mustBytes(other, 'otherBuffer')) === 0; },
  compare(target, targetStart, targetEnd, start, end) {
    const [a, b] = range(mustBytes(target, 'target').length, targetStart, targetEnd);
    const [c, d] = range(this.length, start, end);
    return compare(this.subarray(c, d), target.subarray(a, b));
  },
  subarray(start, end) {
    const [from, to] = range(this.length, start, end, true);
    return over(this.buffer, this.byteOffset + from, to - from);
  },
  slice(start, end) { return this.subarray(start, end); },
  copy(target, targetStart = 0, start, end) {
    const [from, to] = range(this.length, start, end);
    const count = Math.max(0, Math.min(to - from, target.length - targetStart));
    if (count > 0) target.set(this.subarray(from, from + count), targetStart);
    return count;
  },
  write(text, offset, length, encoding) {
    if (typeof offset === 'string') [encoding, offset, length] = [offset, 0, undefined];
    else if (typeof length === 'string') [encoding, length] = [length, undefined];
    offset = Math.trunc(offset ?? 0);
    if (offset < 0 || offset > this.length) throw outOfRange('offset', `>= 0 && <= ${this.length}`, offset);
    let b = bytes(String(text), encoding);
    const room = Math.min(length ?? Infinity, this.length - offset);
    if (b.length > room) {
      b = b.subarray(0, room);
      if (mustEncoding(encoding) === 'utf8') b = b.subarray(0, require('internal/bytes').complete(b));
    }
    this.set(b, offset);
    return b.length;
  },
  fill(value, offset, end, encoding) {
    if (typeof offset === 'string') [encoding, offset, end] = [offset, undefined, undefined];
    const [from, to] = range(this.length, offset, end);
    if (typeof value === 'number' || typeof value === 'boolean') {
      Uint8Array.prototype.fill.call(this, Number(value) & 255, from, to);
      return this;
    }
    const pattern = bytes(value, encoding);
    if (pattern === undefined) throw invalidArgument('value', 'of type string, number, Buffer or Uint8Array', value);
    if (pattern.length === 0) Uint8Array.prototype.fill.call(this, 0, from, to);
    for (let at = from; at < to && pattern.length > 0; at += pattern.length) {
      this.set(pattern.subarray(0, Math.min(pattern.length, to - at)), at);
    }
    return this;
  },
  indexOf(value, offset, encoding) { return find(this, value, offset, encoding, false); },
  lastIndexOf(value, offset, encoding) { return find(this, value, offset, encoding, true); },
  includes(value, offset, encoding) { return find(this, value, offset, encoding, false) >= 0; },
  swap16() { return swap(this, 2); },
  swap32() { return swap(this, 4); },
  swap64() { return swap(this, 8); },
  toLocaleString(encoding, start, end) { return this.toString(encoding, start, end); },
  inspect() { return '<Buffer ' + (encode(this.subarray(0, 50), 'hex').match(/../g) || []).join(' ') + (this.length > 50 ? ` ... ${this.length - 50} more bytes` : '') + '>'; },
};
for (const encoding of ['utf8', 'hex', 'base64', 'base64url', 'latin1', 'ascii', 'ucs2', 'utf16le']) {
  methods[encoding + 'Slice'] = function (start, end) { return this.toString(encoding, start, end); };
  methods[encoding + 'Write'] = function (text, offset, length) { return this.write(text, offset, length, encoding); };
}

function find(buffer, value, offset, encoding, last) {
  if (typeof offset === 'string') [encoding, offset] = [offset, undefined];
  const sought = typeof value === 'number' ? new Uint8Array([value & 255]) : bytes(value, encoding);
  if (sought === undefined) throw invalidArgument('value', 'one of type number or string or an instance of Buffer or Uint8Array', value);
  let at = offset === undefined ? (last ? buffer.length : 0) : Math.trunc(offset) || 0;
  if (at < 0) at += buffer.length;
  if (last) return at < 0 ? -1 : indexOf(buffer.subarray(0, Math.min(buffer.length, at + sought.length)), sought, true);
  at = Math.max(0, Math.min(buffer.length, at));
  const found = indexOf(buffer.subarray(at), sought, false);
  return found < 0 ? -1 : found + at;
}

function swap(buffer, size) {
  if (buffer.length % size !== 0) throw outOfRange('length', `a multiple of ${size * 8}-bits`, buffer.length);
  for (let i = 0; i < buffer.length; i += size) buffer.subarray(i, i + size).reverse();
  return buffer;
}

// Numbers. DataView does the work.
function at(buffer, offset, size) {
  if (typeof offset !== 'number') throw invalidArgument('offset', 'of type number', offset);
  if (!(offset >= 0 && offset + size <= buffer.length) || offset % 1 !== 0) throw outOfRange('offset', `>= 0 and <= ${buffer.length - size}`, offset);
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
function numbers(name, kind, size, low, high) {
  for (const end of size === 1 ? [''] : ['LE', 'BE']) {
    const little = end !== 'BE';
    const read = function (offset = 0) { return at(this, offset, size)['get' + kind](offset, little); };
    const write = function (value, offset = 0) {
      if (low !== undefined && (value < low || value > high)) throw outOfRange('value', `>= ${low} and <= ${high}`, value);
      at(this, offset, size)['set' + kind](offset, value, little);
      return offset + size;
    };
    for (const n of [name, name.replace('UInt', 'Uint')]) {
      methods['read' + n + end] = read;
      methods['write' + n + end] = write;
    }
  }
}
numbers('UInt8', 'Uint8', 1, 0, 255);
numbers('UInt16', 'Uint16', 2, 0, 65535);
numbers('UInt32', 'Uint32', 4, 0, 4294967295);
numbers('Int8', 'Int8', 1, -128, 127);
numbers('Int16', 'Int16', 2, -32768, 32767);
numbers('Int32', 'Int32', 4, -2147483648, 2147483647);
numbers('Float', 'Float32', 4);
numbers('Double', 'Float64', 8);
numbers('BigInt64', 'BigInt64', 8);
numbers('BigUInt64', 'BigUint64', 8);

function readBytes(buffer, offset, length, little, signed) {
  if (!(length >= 1 && length <= 6)) throw outOfRange('byteLength', '>= 1 and <= 6', length);
  at(buffer, offset, length);
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + buffer[little ? offset + length - 1 - i : offset + i];
  return signed && value >= 2 ** (8 * length - 1) ? value - 2 ** (8 * length) : value;
}
function writeBytes(buffer, value, offset, length, little) {
  if (!(length >= 1 && length <= 6)) throw outOfRange('byteLength', '>= 1 and <= 6', length);
  at(buffer, offset, length);
  if (value < 0) value += 2 ** (8 * length);
  for (let i = 0; i < length; i++) {
    buffer[little ? offset + i : offset + length - 1 - i] = value % 256;
    value = Math.floor(value / 256);
  }
  return offset + length;
}
for (const [end, little] of [['LE', true], ['BE', false]]) {
  for (const [name, signed] of [['UInt', false], ['Uint', false], ['Int', true]]) {
    methods['read' + name + end] = function (offset, length) { return readBytes(this, offset, length, little, signed); };
    methods['write' + name + end] = function (value, offset, length) { return writeBytes(this, value, offset, length, little); };
  }
}
for (const name of Object.keys(methods)) {
  Object.defineProperty(FastBuffer.prototype, name, { value: methods[name], writable: true, configurable: true });
}
Object.defineProperty(FastBuffer.prototype, 'parent', { get() { return this.buffer; }, configurable: true });
Object.defineProperty(FastBuffer.prototype, 'offset', { get() { return this.byteOffset; }, configurable: true });

function btoa(text) {
  text = bounded(text);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 255) throw new DOMException('Invalid character', 'InvalidCharacterError');
  }
  return encode(bytes(text, 'latin1'), 'base64');
}
function atob(text) {
  text = bounded(text).replace(/[\t\n\f\r ]/g, '');
  if (text.length % 4 === 0) text = text.replace(/==?$/, '');
  if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) {
    throw new DOMException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError');
  }
  return encode(bytes(text, 'base64'), 'latin1');
}

module.exports = {
  Buffer, SlowBuffer: Buffer, kMaxLength, kStringMaxLength: 2 ** 23, constants: { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 2 ** 23 },
  atob, btoa, isUtf8: (b) => isUtf8(view(b)), isAscii: (b) => view(b).every((c) => c < 128), INSPECT_MAX_BYTES: 50,
  get Blob() { return require('internal/fetch').Blob; }, get File() { return require('internal/fetch').File; },
};
