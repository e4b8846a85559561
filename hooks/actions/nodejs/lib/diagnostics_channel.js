// diagnostics_channel: nobody listens.
class Channel {
  constructor(name) { this.name = name; }
  get hasSubscribers() { return false; }
  publish() {}
  subscribe() {}
  unsubscribe() { return false; }
}
const traced = (fn, self, args) => fn.apply(self, args);
const tracingChannel = (name) => ({
  start: new Channel(name), end: new Channel(name), asyncStart: new Channel(name), asyncEnd: new Channel(name), error: new Channel(name), hasSubscribers: false,
  subscribe() {}, unsubscribe: () => false, traceSync: (fn, context, self, ...args) => traced(fn, self, args),
  tracePromise: (fn, context, self, ...args) => traced(fn, self, args), traceCallback: (fn, position, context, self, ...args) => traced(fn, self, args),
});
Object.assign(exports, { Channel, tracingChannel, channel: (name) => new Channel(name), hasSubscribers: () => false, subscribe() {}, unsubscribe: () => false });
