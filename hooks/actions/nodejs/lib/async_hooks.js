// async_hooks: one value for all, as an execution has one transaction.
class AsyncLocalStorage {
  #store;
  run(store, fn, ...args) {
    const before = this.#store;
    this.#store = store;
    try { return fn(...args); } finally { this.#store = before; }
  }
  exit(fn, ...args) { return this.run(undefined, fn, ...args); }
  enterWith(store) { this.#store = store; }
  getStore() { return this.#store; }
  disable() { this.#store = undefined; }
}
class AsyncResource {
  runInAsyncScope(fn, self, ...args) { return fn.apply(self, args); }
  emitDestroy() { return this; }
  bind(fn) { return fn; }
  static bind(fn) { return fn; }
}
const hook = { enable: () => hook, disable: () => hook };
Object.assign(exports, { AsyncLocalStorage, AsyncResource, createHook: () => hook, executionAsyncId: () => 0, triggerAsyncId: () => 0 });
