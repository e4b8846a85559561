// String.prototype.isWellFormed and toWellFormed.
const { bytes, encode } = require('internal/bytes');
const define = (name, value) => { if (!String.prototype[name]) Object.defineProperty(String.prototype, name, { value, writable: true, configurable: true }); };
define('toWellFormed', function toWellFormed() { return encode(bytes(String(this))); });
define('isWellFormed', function isWellFormed() { return String(this) === encode(bytes(String(this))); });
