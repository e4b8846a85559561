// A module that is not there, and yet loads: packages require modules that they never use. Whatever is called throws; a class can be
// extended, and throws when it is made.
function missing(member) {
  const error = new Error(`${name}.${member} is not available in an Action` + (/^(https?2?|net|tls|dns)/.test(name) ? ': use fetch.' : '.'));
  error.code = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
  return error;
}
const known = {
  constants: {}, METHODS: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'], STATUS_CODES: {}, globalAgent: {}, builtinModules: [],
  isatty: () => false, isIP: (text) => /^\d+(\.\d+){3}$/.test(text) ? 4 : /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) ? 6 : 0,
  isMainThread: true, threadId: 0, parentPort: null, promises: undefined, maxHeaderSize: 16384, default: undefined, __esModule: undefined, then: undefined,
};
known.isIPv4 = (text) => known.isIP(text) === 4;
known.isIPv6 = (text) => known.isIP(text) === 6;
// An agent is an object with options that packages make when they load, and pass to what is not there.
known.Agent = class Agent { constructor(options = {}) { this.options = options; } destroy() {} };
module.exports = new Proxy({}, {
  get(target, member) {
    if (Object.hasOwn(target, member)) return target[member];
    if (typeof member === 'symbol') return undefined;
    if (Object.hasOwn(known, member)) return known[member];
    target[member] = function () { throw missing(member); };
    return target[member];
  },
  has: () => true,
});
