// Object.groupBy and Map.groupBy.
function group(items, keyOf, add) {
  let i = 0;
  for (const item of items) add(keyOf(item, i++), item);
}
const define = (Class, name, value) => { if (!Class[name]) Object.defineProperty(Class, name, { value, writable: true, configurable: true }); };
define(Object, 'groupBy', function groupBy(items, keyOf) {
  const out = Object.create(null);
  group(items, keyOf, (k, item) => { (out[typeof k === 'symbol' ? k : String(k)] ??= []).push(item); });
  return out;
});
define(Map, 'groupBy', function groupBy(items, keyOf) {
  const out = new Map();
  group(items, keyOf, (k, item) => { if (out.has(k)) out.get(k).push(item); else out.set(k, [item]); });
  return out;
});
