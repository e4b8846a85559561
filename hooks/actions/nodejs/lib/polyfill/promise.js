// Promise.withResolvers and Promise.try.
const define = (name, value) => { if (!Promise[name]) Object.defineProperty(Promise, name, { value, writable: true, configurable: true }); };
define('withResolvers', function withResolvers() {
  let resolve, reject;
  const promise = new this((a, b) => { resolve = a; reject = b; });
  return { promise, resolve, reject };
});
define('try', function (fn, ...args) { return new this((resolve) => resolve(fn(...args))); });
