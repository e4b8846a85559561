// EventEmitter.
const { invalidArgument, coded } = require('internal/errors');

function EventEmitter() { EventEmitter.init.call(this); }
EventEmitter.init = function () {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = Object.create(null);
    this._eventsCount = 0;
  }
};
EventEmitter.defaultMaxListeners = 10;
EventEmitter.prototype._events = undefined;

function check(listener) {
  if (typeof listener !== 'function') throw invalidArgument('listener', 'of type function', listener);
}
function listenersOf(emitter, name) {
  if (emitter._events === undefined) EventEmitter.init.call(emitter);
  return emitter._events[name] ?? [];
}
function add(emitter, name, listener, first) {
  check(listener);
  const list = listenersOf(emitter, name);
  if (emitter._events.newListener) emitter.emit('newListener', name, listener.listener ?? listener);
  emitter._events[name] = first ? [listener, ...list] : [...list, listener];
  emitter._eventsCount = Reflect.ownKeys(emitter._events).length;
  return emitter;
}
function onceOf(emitter, name, listener) {
  check(listener);
  const wrapped = function (...args) {
    emitter.removeListener(name, wrapped);
    return listener.apply(emitter, args);
  };
  wrapped.listener = listener;
  return wrapped;
}

Object.assign(EventEmitter.prototype, {
  setMaxListeners(n) { this._maxListeners = n; return this; },
  getMaxListeners() { return this._maxListeners ?? EventEmitter.defaultMaxListeners; },
  emit(name, ...args) {
    const list = listenersOf(this, name);
    if (list.length === 0) {
      if (name !== 'error') return false;
      if (args[0] instanceof Error) throw args[0];
      throw coded(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${String(args[0])})`);
    }
    for (const listener of list) listener.apply(this, args);
    return true;
  },
  on(name, listener) { return add(this, name, listener, false); },
  addListener(name, listener) { return add(this, name, listener, false); },
  prependListener(name, listener) { return add(this, name, listener, true); },
  once(name, listener) { return add(this, name, onceOf(this, name, listener), false); },
  prependOnceListener(name, listener) { return add(this, name, onceOf(this, name, listener), true); },
  removeListener(name, listener) {
    check(listener);
    const list = listenersOf(this, name);
    const at = list.findLastIndex((l) => l === listener || l.listener === listener);
    if (at < 0) return this;
    if (list.length === 1) delete this._events[name];
    else this._events[name] = list.toSpliced(at, 1);
    this._eventsCount = Reflect.ownKeys(this._events).length;
    if (this._events.removeListener) this.emit('removeListener', name, listener);
    return this;
  },
  removeAllListeners(name) {
    listenersOf(this, name);
    if (name === undefined) this._events = Object.create(null);
    else delete this._events[name];
    this._eventsCount = Reflect.ownKeys(this._events).length;
    return this;
  },
  listeners(name) { return listenersOf(this, name).map((l) => l.listener ?? l); },
  rawListeners(name) { return [...listenersOf(this, name)]; },
  listenerCount(name) { return listenersOf(this, name).length; },
  eventNames() { listenersOf(this, ''); return Reflect.ownKeys(this._events); },
});
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

// once is a promise of the next event.
EventEmitter.once = (emitter, name) => new Promise((resolve, reject) => {
  const failed = (error) => { emitter.removeListener(name, happened); reject(error); };
  const happened = (...args) => { emitter.removeListener('error', failed); resolve(args); };
  emitter.once(name, happened);
  if (name !== 'error') emitter.once('error', failed);
});
EventEmitter.listenerCount = (emitter, name) => emitter.listenerCount(name);
EventEmitter.setMaxListeners = () => {};
EventEmitter.errorMonitor = Symbol('events.errorMonitor');
EventEmitter.captureRejectionSymbol = Symbol.for('nodejs.rejection');
EventEmitter.EventEmitter = EventEmitter;
module.exports = EventEmitter;
