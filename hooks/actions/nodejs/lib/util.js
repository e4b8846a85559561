// util.
const { invalidArgument } = require('internal/errors');
const { bytes, encode, bounded } = require('internal/bytes');

function promisify(fn) {
  if (typeof fn !== 'function') throw invalidArgument('original', 'of type function', fn);
  if (fn[promisify.custom]) return fn[promisify.custom];
  const promised = function (...args) {
    return new Promise((resolve, reject) => fn.call(this, ...args, (error, value) => error ? reject(error) : resolve(value)));
  };
  return Object.defineProperties(Object.setPrototypeOf(promised, Object.getPrototypeOf(fn)), Object.getOwnPropertyDescriptors(fn));
}
promisify.custom = Symbol.for('nodejs.util.promisify.custom');

function callbackify(fn) {
  return function (...args) {
    const done = args.pop();
    fn.apply(this, args).then((value) => queueMicrotask(() => done(null, value)), (error) => queueMicrotask(() => done(error)));
  };
}
const { queueMicrotask } = require('internal/globals');

function inherits(constructor, parent) {
  if (typeof parent?.prototype !== 'object') throw invalidArgument('superCtor', 'of type function', parent);
  Object.defineProperty(constructor, 'super_', { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

function inspect(value, options, ...older) {
  const depth = typeof options === 'object' && options !== null ? options.depth : older[0];
  return native.inspect(value, depth === null || depth === Infinity ? 50 : Math.min(50, depth ?? 2));
}
inspect.custom = Symbol.for('nodejs.util.inspect.custom');
inspect.defaultOptions = {};
inspect.colors = {};
inspect.styles = {};

// equal is deep equality; strict as in assert.deepStrictEqual.
function equal(a, b, strict, seen = []) {
  if (strict ? Object.is(a, b) : a == b || a !== a && b !== b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const kind = native.classOf(a);
  if (kind !== native.classOf(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  if (a instanceof Date) return a.getTime() === b.getTime();
  if (a instanceof RegExp) return String(a) === String(b);
  if (a instanceof Error && (a.message !== b.message || a.name !== b.name)) return false;
  if (['Number', 'String', 'Boolean'].includes(kind) && !Object.is(a.valueOf(), b.valueOf())) return false;
  if (seen.some(([x, y]) => x === a && y === b)) return true;
  seen = [...seen, [a, b]];
  if (a instanceof Map || a instanceof Set) {
    if (a.size !== b.size) return false;
    const rest = [...b];
    for (const item of a) {
      const at = rest.findIndex((other) => equal(item, other, strict, seen));
      if (at < 0) return false;
      rest.splice(at, 1);
    }
    return true;
  }
  const keys = Reflect.ownKeys(a).filter((k) => Object.prototype.propertyIsEnumerable.call(a, k));
  const others = Reflect.ownKeys(b).filter((k) => Object.prototype.propertyIsEnumerable.call(b, k));
  return keys.length === others.length && a.length === b.length &&
    keys.every((k) => Object.prototype.propertyIsEnumerable.call(b, k) && equal(a[k], b[k], strict, seen));
}

const is = (kind) => (value) => native.classOf(value) === kind;
const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);
const types = {
  isPromise: is('Promise'), isProxy: is('Proxy'), isRegExp: (v) => v instanceof RegExp, isDate: (v) => v instanceof Date,
  isNativeError: is('Error'), isMap: (v) => v instanceof Map, isSet: (v) => v instanceof Set, isWeakMap: (v) => v instanceof WeakMap,
  isWeakSet: (v) => v instanceof WeakSet, isArrayBuffer: (v) => v instanceof ArrayBuffer, isAnyArrayBuffer: (v) => v instanceof ArrayBuffer,
  isSharedArrayBuffer: () => false, isArrayBufferView: (v) => ArrayBuffer.isView(v), isTypedArray: (v) => ArrayBuffer.isView(v) && !(v instanceof DataView),
  isUint8Array: (v) => v instanceof Uint8Array, isDataView: (v) => v instanceof DataView,
  isAsyncFunction: (v) => typeof v === 'function' && tag(v) === 'AsyncFunction', isGeneratorFunction: (v) => typeof v === 'function' && tag(v) === 'GeneratorFunction',
  isGeneratorObject: (v) => tag(v) === 'Generator', isBoxedPrimitive: (v) => ['Number', 'String', 'Boolean', 'Symbol', 'BigInt'].includes(native.classOf(v)),
  isNumberObject: is('Number'), isStringObject: is('String'), isBooleanObject: is('Boolean'), isSymbolObject: is('Symbol'),
  isKeyObject: (v) => v instanceof require('crypto').KeyObject, isCryptoKey: (v) => v instanceof require('internal/webcrypto').CryptoKey,
  isExternal: () => false, isModuleNamespaceObject: () => false, isArgumentsObject: (v) => tag(v) === 'Arguments',
};

Object.assign(exports, {
  promisify, callbackify, inherits, inspect, types, isDeepStrictEqual: (a, b) => equal(a, b, true), equal,
  format: (...args) => native.format(...args), formatWithOptions: (_, ...args) => native.format(...args),
  deprecate: (fn) => fn, debuglog: () => Object.assign(() => {}, { enabled: false }), debug: () => Object.assign(() => {}, { enabled: false }),
  stripVTControlCharacters: (text) => bounded(text).replace(/\u001b\[[0-9;]*[A-Za-z]/g, ''), toUSVString: (text) => encode(bytes(String(text))),
  styleText: (_, text) => text, aborted: (signal) => new Promise((resolve) => signal.aborted ? resolve() : signal.addEventListener('abort', resolve)),
  isArray: Array.isArray, isBoolean: (v) => typeof v === 'boolean', isNull: (v) => v === null, isNullOrUndefined: (v) => v == null,
  isNumber: (v) => typeof v === 'number', isString: (v) => typeof v === 'string', isSymbol: (v) => typeof v === 'symbol', isUndefined: (v) => v === undefined,
  isRegExp: types.isRegExp, isObject: (v) => v !== null && typeof v === 'object', isDate: types.isDate, isError: (v) => v instanceof Error,
  isFunction: (v) => typeof v === 'function', isPrimitive: (v) => v === null || typeof v !== 'object' && typeof v !== 'function', isBuffer: (v) => require('buffer').Buffer.isBuffer(v),
});
Object.defineProperties(exports, {
  TextEncoder: { get: () => require('internal/encoding').TextEncoder, enumerable: true, configurable: true },
  TextDecoder: { get: () => require('internal/encoding').TextDecoder, enumerable: true, configurable: true },
});
