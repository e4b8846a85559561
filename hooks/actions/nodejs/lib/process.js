// process: nothing of the server's own.
const { queueMicrotask } = require('internal/globals');
const { performance } = require('internal/globals');
const EventEmitter = require('events');

function hrtime(since) {
  const ns = Math.round(performance.now() * 1e6);
  let s = Math.floor(ns / 1e9), n = ns % 1e9;
  if (since) {
    s -= since[0];
    n -= since[1];
    if (n < 0) { s--; n += 1e9; }
  }
  return [s, n];
}
hrtime.bigint = () => BigInt(Math.round(performance.now() * 1e6));

const process = new EventEmitter();
Object.assign(process, {
  env: {}, argv: [], execArgv: [], execPath: '', title: 'node', pid: 1, ppid: 0, arch: 'x64', platform: 'linux', exitCode: undefined,
  version: 'v22.0.0', versions: { node: '22.0.0' }, release: { name: 'node' }, config: {}, features: {}, browser: false,
  nextTick: (fn, ...args) => queueMicrotask(() => fn(...args)), hrtime, uptime: () => performance.now() / 1000, cwd: () => '/', umask: () => 0o22,
  memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }), cpuUsage: () => ({ user: 0, system: 0 }),
  emitWarning() {}, stdout: { isTTY: false, write: () => true }, stderr: { isTTY: false, write: () => true },
  exit() { throw new Error('process.exit() is not available in an Action: return from the handler, or throw.'); },
});
Object.defineProperty(process, Symbol.toStringTag, { value: 'process', configurable: true }); // axios tells Node.js from a browser by it
module.exports = process;
