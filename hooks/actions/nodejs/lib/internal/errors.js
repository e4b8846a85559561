// Errors as Node.js and the web name them.
class DOMException extends Error {
  #name; #code;
  constructor(message = '', options = 'Error') {
    const name = typeof options === 'object' && options !== null ? String(options.name ?? 'Error') : String(options);
    super(String(message), typeof options === 'object' && options !== null && 'cause' in options ? { cause: options.cause } : undefined);
    this.#name = name;
    this.#code = { AbortError: 20, TimeoutError: 23, DataCloneError: 25, QuotaExceededError: 22, InvalidStateError: 11, SyntaxError: 12, InvalidCharacterError: 5 }[name] ?? 0;
  }
  get name() { return this.#name; }
  get code() { return this.#code; }
}
Object.defineProperty(DOMException.prototype, Symbol.toStringTag, { value: 'DOMException', configurable: true });

function coded(Class, code, message) {
  const error = new Class(message);
  error.code = code;
  return error;
}

exports.DOMException = DOMException;
exports.invalidArgument = (name, expected, got) => coded(TypeError, 'ERR_INVALID_ARG_TYPE',
  `The "${name}" argument must be ${expected}. Received ${got === null ? 'null' : typeof got === 'object' ? 'an instance of ' + (got.constructor?.name || 'Object') : 'type ' + typeof got}`);
exports.outOfRange = (name, range, got) => coded(RangeError, 'ERR_OUT_OF_RANGE',
  `The value of "${name}" is out of range. It must be ${range}. Received ${String(got)}`);
exports.coded = coded;
