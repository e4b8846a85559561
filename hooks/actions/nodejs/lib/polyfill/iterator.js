// Iterator and its helpers.
const proto = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
function Iterator() {}
Iterator.prototype = proto;
Object.defineProperty(proto, 'constructor', { value: Iterator, writable: true, configurable: true });
Iterator.from = (items) => {
  const iterator = typeof items[Symbol.iterator] === 'function' ? items[Symbol.iterator]() : items;
  return iterator instanceof Iterator ? iterator : (function* () { for (;;) { const r = iterator.next(); if (r.done) return; yield r.value; } })();
};
function limit(n) {
  n = Math.trunc(Number(n));
  if (!(n >= 0)) throw new RangeError(`${n} must be positive`);
  return n;
}
const methods = {
  *map(fn) { let i = 0; for (const v of this) yield fn(v, i++); },
  *filter(fn) { let i = 0; for (const v of this) if (fn(v, i++)) yield v; },
  *flatMap(fn) { let i = 0; for (const v of this) yield* Iterator.from(fn(v, i++)); },
  take(n) { n = limit(n); const self = this; return (function* () { if (n === 0) return; let i = 0; for (const v of self) { yield v; if (++i >= n) return; } })(); },
  drop(n) { n = limit(n); const self = this; return (function* () { let i = 0; for (const v of self) if (i++ >= n) yield v; })(); },
  reduce(fn, ...initial) {
    let i = 0, out = initial[0], some = initial.length > 0;
    for (const v of this) { if (some) out = fn(out, v, i); else { out = v; some = true; } i++; }
    if (!some) throw new TypeError('Reduce of a done iterator with no initial value');
    return out;
  },
  toArray() { return [...this]; },
  forEach(fn) { let i = 0; for (const v of this) fn(v, i++); },
  some(fn) { let i = 0; for (const v of this) if (fn(v, i++)) return true; return false; },
  every(fn) { let i = 0; for (const v of this) if (!fn(v, i++)) return false; return true; },
  find(fn) { let i = 0; for (const v of this) if (fn(v, i++)) return v; return undefined; },
};
for (const name of Object.keys(methods)) {
  if (!proto[name]) Object.defineProperty(proto, name, { value: methods[name], writable: true, configurable: true });
}
if (!('Iterator' in globalThis)) Object.defineProperty(globalThis, 'Iterator', { value: Iterator, writable: true, configurable: true });
