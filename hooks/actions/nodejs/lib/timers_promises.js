// timers/promises.
const timers = require('timers');

function waiting(start, stop) {
  return (signal) => new Promise((resolve, reject) => {
    if (signal?.aborted) { reject(signal.reason); return; }
    const timer = start(resolve);
    signal?.addEventListener('abort', () => { stop(timer); reject(signal.reason); }, { once: true });
  });
}
exports.setTimeout = (delay, value, options) => waiting((done) => timers.setTimeout(done, delay, value), timers.clearTimeout)(options?.signal);
exports.setImmediate = (value, options) => waiting((done) => timers.setImmediate(done, value), timers.clearImmediate)(options?.signal);
exports.scheduler = { wait: (delay, options) => exports.setTimeout(delay, undefined, options), yield: () => exports.setImmediate() };
