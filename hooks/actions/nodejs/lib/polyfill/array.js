// Array.fromAsync.
require('polyfill/symbol');
if (!Array.fromAsync) {
  Object.defineProperty(Array, 'fromAsync', {
    writable: true, configurable: true,
    value: async function fromAsync(items, map, self) {
      const out = [];
      const add = async (item) => { out.push(map ? await map.call(self, item, out.length) : item); };
      const iterator = items[Symbol.asyncIterator]?.() ?? items[Symbol.iterator]?.();
      if (!iterator) {
        for (let i = 0; i < items.length; i++) await add(await items[i]);
        return out;
      }
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) return out;
        await add(await value);
      }
    },
  });
}
