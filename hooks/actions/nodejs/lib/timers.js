// Timers.
class Timeout {
  #id; #arguments; #held = true; #active = true;
  constructor(fn, delay, repeat, args) {
    this.#arguments = [fn, delay, repeat, args];
    this.#start();
  }
  #start() {
    const [fn, delay, repeat, args] = this.#arguments;
    this.#id = native.start((...a) => {
      this.#active = repeat;
      fn(...a);
    }, delay, repeat, ...args);
    this.#active = true;
  }
  get id() { return this.#id; }
  ref() { this.#held = true; native.hold(this.#id, true); return this; }
  unref() { this.#held = false; native.hold(this.#id, false); return this; }
  hasRef() { return this.#held; }
  refresh() { if (this.#active) { this.close(); this.#start(); if (!this.#held) this.unref(); } return this; }
  close() { native.stop(this.#id); return this; }
  [Symbol.toPrimitive]() { return this.#id; }
}
const callable = (fn) => {
  if (typeof fn !== 'function') throw require('internal/errors').invalidArgument('callback', 'of type function', fn);
  return fn;
};
const clear = (timer) => { if (timer !== undefined && timer !== null) native.stop(Number(timer)); };
const promised = (start) => function (delay, value) { return new Promise((resolve) => start(resolve, delay, value)); };

Object.assign(exports, {
  setTimeout: (fn, delay, ...args) => new Timeout(callable(fn), Number(delay) >= 0 ? Number(delay) : 1, false, args),
  setInterval: (fn, delay, ...args) => new Timeout(callable(fn), Number(delay) >= 0 ? Number(delay) : 1, true, args),
  setImmediate: (fn, ...args) => new Timeout(callable(fn), -1, false, args),
  clearTimeout: clear, clearInterval: clear, clearImmediate: clear,
});
const custom = Symbol.for('nodejs.util.promisify.custom');
exports.setTimeout[custom] = promised(exports.setTimeout);
exports.setImmediate[custom] = (value) => new Promise((resolve) => exports.setImmediate(resolve, value));
Object.defineProperty(exports, 'promises', { get: () => require('timers_promises'), configurable: true });
