// A module that is not there, and yet loads: packages require modules that they never use. Whatever is called throws; a class can be
// extended, and throws when it is made.
function missing(module, member) {
  const error = new Error(`${module}.${member} is not available in an Action` + (/^(http2|net|tls|dns|dgram)/.test(name) ? ': use fetch.' : '.'));
  error.code = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
  return error;
}
const known = {
  constants: {}, builtinModules: [],
  isatty: () => false, isIP: (text) => /^\d+(\.\d+){3}$/.test(text) ? 4 : /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) ? 6 : 0,
  isMainThread: true, threadId: 0, parentPort: null, default: undefined, __esModule: undefined, then: undefined,
};
known.isIPv4 = (text) => known.isIP(text) === 4;
known.isIPv6 = (text) => known.isIP(text) === 6;
const absent = (module) => new Proxy({}, {
  get(target, member) {
    if (Object.hasOwn(target, member)) return target[member];
    if (typeof member === 'symbol') return undefined;
    if (Object.hasOwn(known, member)) return known[member];
    target[member] = member === 'promises' ? absent(module + '.promises') : function () { throw missing(module, member); };
    return target[member];
  },
  // What compilers ask to tell modules apart ('default' in module) is not there.
  has: (target, member) => typeof member === 'string' && !(Object.hasOwn(known, member) && known[member] === undefined),
});
module.exports = absent(name);
