// Event, EventTarget, AbortController and AbortSignal.
const { DOMException, coded } = require('internal/errors');
const timers = require('timers');

class Event {
  #type; #cancelable; #prevented = false; #stopped = false;
  target = null; currentTarget = null; timeStamp = 0;
  constructor(type, options = {}) {
    this.#type = String(type);
    this.#cancelable = !!options?.cancelable;
  }
  get type() { return this.#type; }
  get cancelable() { return this.#cancelable; }
  get defaultPrevented() { return this.#prevented; }
  get bubbles() { return false; }
  preventDefault() { this.#prevented = this.#cancelable; }
  stopPropagation() {}
  stopImmediatePropagation() { this.#stopped = true; }
  get stopped() { return this.#stopped; }
}

class EventTarget {
  #listeners = new Map();
  addEventListener(type, listener, options) {
    if (listener === null || listener === undefined || options?.signal?.aborted) return;
    const list = this.#listeners.get(String(type)) ?? [];
    if (list.some((l) => l.listener === listener)) return;
    this.#listeners.set(String(type), [...list, { listener, once: !!options?.once }]);
    options?.signal?.addEventListener('abort', () => this.removeEventListener(type, listener), { once: true });
  }
  removeEventListener(type, listener) {
    this.#listeners.set(String(type), (this.#listeners.get(String(type)) ?? []).filter((l) => l.listener !== listener));
  }
  dispatchEvent(event) {
    event.target = event.currentTarget = this;
    const handler = this['on' + event.type];
    if (typeof handler === 'function') handler.call(this, event);
    for (const { listener, once } of this.#listeners.get(event.type) ?? []) {
      if (event.stopped) break;
      if (once) this.removeEventListener(event.type, listener);
      if (typeof listener === 'function') listener.call(this, event);
      else listener.handleEvent(event);
    }
    return !event.defaultPrevented;
  }
}

const key = {}; // who has it may make signals
class AbortSignal extends EventTarget {
  #aborted = false; #reason; onabort = null;
  constructor(allowed) {
    super();
    if (allowed !== key) throw coded(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
  }
  get aborted() { return this.#aborted; }
  get reason() { return this.#reason; }
  throwIfAborted() { if (this.#aborted) throw this.#reason; }
  static trigger(signal, reason) {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
    signal.dispatchEvent(new Event('abort'));
  }
  static abort(reason) {
    const signal = new AbortSignal(key);
    trigger(signal, reason);
    return signal;
  }
  static timeout(delay) {
    const signal = new AbortSignal(key);
    timers.setTimeout(() => trigger(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')), delay).unref();
    return signal;
  }
  static any(signals) {
    const signal = new AbortSignal(key);
    for (const s of signals) {
      if (s.aborted) { trigger(signal, s.reason); break; }
      s.addEventListener('abort', () => trigger(signal, s.reason), { once: true });
    }
    return signal;
  }
}
const { trigger } = AbortSignal;
delete AbortSignal.trigger;

class AbortController {
  #signal = new AbortSignal(key);
  get signal() { return this.#signal; }
  abort(reason) { trigger(this.#signal, reason); }
}
Object.defineProperty(AbortController.prototype, Symbol.toStringTag, { value: 'AbortController', configurable: true });
Object.defineProperty(AbortSignal.prototype, Symbol.toStringTag, { value: 'AbortSignal', configurable: true });

Object.assign(exports, { Event, EventTarget, AbortSignal, AbortController });
