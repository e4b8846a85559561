// assert.
const { equal, inspect } = require('util');

class AssertionError extends Error {
  constructor({ message, actual, expected, operator, generated = message === undefined } = {}) {
    super(message ?? `${inspect(actual)} ${operator} ${inspect(expected)}`);
    this.name = 'AssertionError';
    this.code = 'ERR_ASSERTION';
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    this.generatedMessage = generated;
  }
}
function must(holds, message, actual, expected, operator) {
  if (holds) return;
  if (message instanceof Error) throw message;
  throw new AssertionError({ message, actual, expected, operator });
}
function ok(...args) {
  must(args[0], args[1] ?? (args.length === 0 ? 'No value argument passed to `assert.ok()`' : 'The expression evaluated to a falsy value'), args[0], true, '==');
}
const assert = (...args) => ok(...args);
function matches(error, expected) {
  if (expected === undefined) return true;
  if (expected instanceof RegExp) return expected.test(String(error));
  if (typeof expected === 'function') return expected.prototype !== undefined && error instanceof expected || expected.prototype === undefined && expected(error) === true ||
    !(expected.prototype instanceof Error) && expected !== Error && expected.call({}, error) === true;
  return Object.keys(expected).every((k) => expected[k] instanceof RegExp && typeof error[k] === 'string' ? expected[k].test(error[k]) : equal(error[k], expected[k], true));
}
function expectThrow(threw, error, expected, message) {
  if (typeof expected === 'string') [expected, message] = [undefined, expected];
  must(threw, message ?? 'Missing expected exception.', undefined, expected, 'throws');
  if (!matches(error, expected)) throw error;
}
Object.assign(assert, {
  AssertionError, ok,
  equal: (a, b, m) => must(a == b || a !== a && b !== b, m, a, b, '=='),
  notEqual: (a, b, m) => must(!(a == b || a !== a && b !== b), m, a, b, '!='),
  strictEqual: (a, b, m) => must(Object.is(a, b), m, a, b, '==='),
  notStrictEqual: (a, b, m) => must(!Object.is(a, b), m, a, b, '!=='),
  deepEqual: (a, b, m) => must(equal(a, b, false), m, a, b, 'deepEqual'),
  notDeepEqual: (a, b, m) => must(!equal(a, b, false), m, a, b, 'notDeepEqual'),
  deepStrictEqual: (a, b, m) => must(equal(a, b, true), m, a, b, 'deepStrictEqual'),
  notDeepStrictEqual: (a, b, m) => must(!equal(a, b, true), m, a, b, 'notDeepStrictEqual'),
  match: (text, pattern, m) => must(typeof text === 'string' && pattern.test(text), m, text, pattern, 'match'),
  doesNotMatch: (text, pattern, m) => must(!pattern.test(text), m, text, pattern, 'doesNotMatch'),
  fail(message = 'Failed') { if (message instanceof Error) throw message; throw new AssertionError({ message, operator: 'fail' }); },
  ifError(value) { if (value !== null && value !== undefined) throw value; },
  throws(fn, expected, message) {
    let threw = false, error;
    try { fn(); } catch (e) { threw = true; error = e; }
    expectThrow(threw, error, expected, message);
  },
  doesNotThrow(fn) { fn(); },
  async rejects(what, expected, message) {
    let threw = false, error;
    try { await (typeof what === 'function' ? what() : what); } catch (e) { threw = true; error = e; }
    expectThrow(threw, error, expected, message);
  },
  async doesNotReject(what) { await (typeof what === 'function' ? what() : what); },
});
assert.strict = Object.assign((...args) => ok(...args), assert, {
  equal: assert.strictEqual, notEqual: assert.notStrictEqual, deepEqual: assert.deepStrictEqual, notDeepEqual: assert.notDeepStrictEqual,
});
assert.strict.strict = assert.strict;
module.exports = assert;
