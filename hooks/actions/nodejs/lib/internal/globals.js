// Small globals.
const { DOMException, invalidArgument } = require('internal/errors');

exports.queueMicrotask = (fn) => {
  if (typeof fn !== 'function') throw invalidArgument('callback', 'of type function', fn);
  Promise.resolve().then(() => fn());
};

exports.performance = {
  now: () => native.now(), get timeOrigin() { return native.origin(); }, toJSON: () => ({}), mark() {}, measure() {}, getEntries: () => [],
  getEntriesByName: () => [], getEntriesByType: () => [], clearMarks() {}, clearMeasures() {},
};

// An execution is too short for garbage to matter: a weak reference is a strong one.
exports.WeakRef = class WeakRef {
  #target;
  constructor(target) { this.#target = target; }
  deref() { return this.#target; }
};
exports.FinalizationRegistry = class FinalizationRegistry {
  register() {}
  unregister() { return false; }
};

const refuse = (value) => { throw new DOMException(`${typeof value === 'symbol' ? String(value) : typeof value === 'function' ? value.name || 'A function' : 'The object'} could not be cloned.`, 'DataCloneError'); };
const errors = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function clone(value, seen) {
  if (typeof value === 'function' || typeof value === 'symbol') refuse(value);
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const keep = (copy) => { seen.set(value, copy); return copy; };
  if (Array.isArray(value)) {
    const copy = keep(new Array(value.length));
    for (const k of Object.keys(value)) copy[k] = clone(value[k], seen);
    return copy;
  }
  if (value instanceof Date) return keep(new Date(value.getTime()));
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
  if (value instanceof Map) {
    const copy = keep(new Map());
    for (const [k, v] of value) copy.set(clone(k, seen), clone(v, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set());
    for (const v of value) copy.add(clone(v, seen));
    return copy;
  }
  if (value instanceof ArrayBuffer) return keep(value.slice(0));
  if (ArrayBuffer.isView(value)) {
    const buffer = clone(value.buffer, seen);
    const Class = value instanceof DataView ? DataView : globalThis[Object.prototype.toString.call(value).slice(8, -1)];
    return keep(new Class(buffer, value.byteOffset, value instanceof DataView ? value.byteLength : value.length));
  }
  if (value instanceof Error) {
    const Class = Object.hasOwn(errors, value.name) ? errors[value.name] : Error;
    const copy = keep(Object.create(Class.prototype));
    for (const k of ['message', 'stack', 'cause']) {
      if (Object.hasOwn(value, k)) Object.defineProperty(copy, k, { value: clone(value[k], seen), writable: true, configurable: true });
    }
    return copy;
  }
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) refuse(value);
  if (value instanceof Boolean || value instanceof Number || value instanceof String) return keep(Object(value.valueOf()));
  const copy = keep({});
  for (const k of Object.keys(value)) {
    Object.defineProperty(copy, k, { value: clone(value[k], seen), writable: true, enumerable: true, configurable: true });
  }
  return copy;
}
exports.structuredClone = (value) => clone(value, new Map());
