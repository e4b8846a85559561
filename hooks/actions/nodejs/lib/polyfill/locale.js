// The methods that write numbers and dates for people. goja takes a number's for toString, and a date's know neither options nor time zones.
const intl = require('internal/intl');
const define = (Class, name, value) => Object.defineProperty(Class.prototype, name, { value, writable: true, configurable: true });
define(Number, 'toLocaleString', function toLocaleString(locale, options) { return intl.formatNumber(Number(this), locale, options); });
define(BigInt, 'toLocaleString', function toLocaleString(locale, options) { return intl.formatNumber(Number(this), locale, options); });
define(Date, 'toLocaleString', function toLocaleString(locale, options) { return intl.formatDate(this.getTime(), locale, options, 'any', 'all'); });
define(Date, 'toLocaleDateString', function toLocaleDateString(locale, options) { return intl.formatDate(this.getTime(), locale, options, 'date', 'date'); });
define(Date, 'toLocaleTimeString', function toLocaleTimeString(locale, options) { return intl.formatDate(this.getTime(), locale, options, 'time', 'time'); });
