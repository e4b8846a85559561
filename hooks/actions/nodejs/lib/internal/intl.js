// Dates and numbers as text. There is one language, English as in the United States; the forms with numbers only are also there as in
// the United Kingdom, Canada and Sweden (2026-11-23), which are used to get at the parts of a date. Anything else is an error: text in the
// wrong form would be worse.
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

// locales: the order of a date's numbers, what is between them and before the time, whether they have two digits, and whether hours go to 12.
const locales = {
  'en-US': { order: 'mdy', mark: '/', join: ', ', wide: false, half: true },
  'en-GB': { order: 'dmy', mark: '/', join: ', ', wide: true, half: false },
  'en-CA': { order: 'ymd', mark: '-', join: ', ', wide: true, half: false },
  'sv-SE': { order: 'ymd', mark: '-', join: ' ', wide: true, half: false },
};
const short = { en: 'en-US', sv: 'sv-SE' };

const values = {
  weekday: ['long', 'short', 'narrow'], year: ['numeric', '2-digit'], month: ['numeric', '2-digit', 'long', 'short', 'narrow'], day: ['numeric', '2-digit'],
  hour: ['numeric', '2-digit'], minute: ['numeric', '2-digit'], second: ['numeric', '2-digit'], timeZoneName: ['short'], dateStyle: ['full', 'long', 'medium', 'short'],
  timeStyle: ['full', 'long', 'medium', 'short'], hourCycle: ['h12', 'h23'],
};
const ignored = ['timeZone', 'hour12', 'formatMatcher', 'localeMatcher', 'calendar', 'numberingSystem'];

function localeOf(locale) {
  const wanted = Array.isArray(locale) ? locale[0] : locale;
  const name = wanted === undefined ? 'en-US' : String(wanted);
  const known = Object.hasOwn(short, name) ? short[name] : name;
  if (!Object.hasOwn(locales, known)) throw new RangeError(`The locale ${name} is not supported: there are ${Object.keys(locales).join(', ')}`);
  return known;
}

const dateStyles = {
  full: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }, long: { year: 'numeric', month: 'long', day: 'numeric' },
  medium: { year: 'numeric', month: 'short', day: 'numeric' }, short: { year: '2-digit', month: 'numeric', day: 'numeric' },
};
const timeStyles = {
  full: { hour: 'numeric', minute: '2-digit', second: '2-digit', timeZoneName: 'short' }, long: { hour: 'numeric', minute: '2-digit', second: '2-digit', timeZoneName: 'short' },
  medium: { hour: 'numeric', minute: '2-digit', second: '2-digit' }, short: { hour: 'numeric', minute: '2-digit' },
};

// resolve brings options into one form. Wanted and filled are the groups that toLocale…String names: date, time or any, and all.
function resolve(locale, options, wanted, filled) {
  const o = {}, given = Object(options ?? {});
  for (const name of Object.keys(given)) {
    const value = given[name];
    if (value === undefined || ignored.includes(name)) continue;
    if (!Object.hasOwn(values, name)) throw new RangeError(`The option ${name} is not supported`);
    if (!values[name].includes(String(value))) throw new RangeError(`Value ${String(value)} out of range for Intl.DateTimeFormat options property ${name}`);
    o[name] = String(value);
  }
  const date = ['weekday', 'year', 'month', 'day'], time = ['hour', 'minute', 'second'];
  const has = (names) => names.some((n) => o[n] !== undefined);
  if (o.dateStyle || o.timeStyle) {
    if (has(date) || has(time)) throw new TypeError("Can't set option together with dateStyle or timeStyle");
    Object.assign(o, dateStyles[o.dateStyle], timeStyles[o.timeStyle]);
    o.at = o.dateStyle === 'full' || o.dateStyle === 'long';
  } else if (!(wanted === 'date' ? has(date) : wanted === 'time' ? has(time) : has(date) || has(time))) {
    if (filled !== 'time') Object.assign(o, { year: 'numeric', month: 'numeric', day: 'numeric' });
    if (filled !== 'date') Object.assign(o, { hour: 'numeric', minute: '2-digit', second: '2-digit' });
  }
  o.locale = localeOf(locale);
  o.form = locales[o.locale];
  const wordy = ['long', 'short', 'narrow'].includes(o.month) || o.weekday !== undefined;
  if (o.locale !== 'en-US' && (wordy || o.timeZoneName || o.hourCycle === 'h12' || given.hour12 === true || o.dateStyle && o.dateStyle !== 'short')) {
    throw new RangeError(`The locale ${o.locale} is supported for dates and times in numbers only`);
  }
  o.half = given.hour12 !== undefined ? !!given.hour12 : o.hourCycle ? o.hourCycle === 'h12' : o.form.half;
  o.midnight = given.hour12 === false && o.locale !== 'en-GB' && o.locale !== 'sv-SE' ? 24 : 0; // what ICU does
  o.timeZone = given.timeZone === undefined ? undefined : String(given.timeZone);
  return o;
}

const two = (n) => String(n).padStart(2, '0');
const numeric = (n, width, wide) => width === '2-digit' || wide ? two(n) : String(n);
const word = (name, width) => width === 'long' ? name : width === 'short' ? name.slice(0, 3) : name.slice(0, 1);

// partsOf returns [{type, value}] of an instant.
function partsOf(ms, o) {
  if (Number.isNaN(ms)) throw new RangeError('Invalid time value');
  const t = native.parts(ms, o.timeZone);
  const out = [];
  const add = (type, value) => { if (value !== '') out.push({ type, value }); };
  const literal = (value) => add('literal', value);
  const wordy = ['long', 'short', 'narrow'].includes(o.month);
  if (o.weekday) add('weekday', word(weekdays[t.weekday], o.weekday));
  const values = {
    y: o.year && ['year', o.year === '2-digit' ? two(t.year % 100) : String(t.year)],
    m: o.month && ['month', wordy ? word(months[t.month - 1], o.month) : numeric(t.month, o.month, o.form.wide && o.day !== undefined)],
    d: o.day && ['day', numeric(t.day, o.day, o.form.wide && !wordy && o.month !== undefined)],
  };
  const dated = [...(wordy ? 'mdy' : o.form.order)].filter((k) => values[k]);
  if (o.weekday && dated.length > 0) literal(', ');
  dated.forEach((k, i) => {
    if (i > 0) literal(!wordy ? o.form.mark : k === 'y' && o.day ? ', ' : ' ');
    add(...values[k]);
  });
  if (o.hour || o.minute || o.second) {
    if (out.length > 0) literal(o.weekday && dated.length === 0 ? (o.half ? ' ' : ', ') : o.at || wordy && o.month === 'long' ? ' at ' : o.form.join);
    timeOf(t, o, add, literal);
  }
  if (o.timeZoneName) {
    literal(out.length > 0 ? (o.hour || o.minute || o.second ? ' ' : ', ') : '');
    add('timeZoneName', zoneName(t, o));
  }
  return out;
}

function timeOf(t, o, add, literal) {
  const hour = o.half ? t.hour % 12 || 12 : t.hour || o.midnight;
  if (o.hour) add('hour', numeric(hour, o.hour, !o.half));
  if (o.minute) {
    if (o.hour) literal(':');
    add('minute', numeric(t.minute, o.minute, o.hour !== undefined || o.second !== undefined));
  }
  if (o.second) {
    if (o.hour || o.minute) literal(':');
    add('second', numeric(t.second, o.second, o.minute !== undefined));
  }
  if (o.hour && o.half) {
    literal(' ');
    add('dayPeriod', t.hour < 12 ? 'AM' : 'PM');
  }
}

function zoneName(t, o) {
  if (t.offset === 0 && /^(UTC|GMT|Etc\/.*)$/.test(t.zone)) return 'UTC';
  if (/^(America|US|Pacific\/Honolulu)/.test(o.timeZone ?? '') && /^(E|C|M|P|AK|H)[SD]?T$/.test(t.name)) return t.name;
  const minutes = Math.abs(t.offset), sign = t.offset < 0 ? '-' : '+';
  if (minutes === 0) return 'GMT';
  return `GMT${sign}${Math.floor(minutes / 60)}${minutes % 60 ? ':' + two(minutes % 60) : ''}`;
}

const text = (parts) => parts.map((p) => p.value).join('');
exports.formatDate = (ms, locale, options, wanted, filled) => Number.isNaN(ms) ? 'Invalid Date' : text(partsOf(ms, resolve(locale, options, wanted, filled)));

class DateTimeFormat {
  #options;
  constructor(locale, options) {
    if (new.target === undefined) return new DateTimeFormat(locale, options);
    this.#options = resolve(locale, options, 'any', 'date');
    native.parts(0, this.#options.timeZone);
    this.format = (date) => text(this.formatToParts(date));
  }
  formatToParts(date) { return partsOf(date === undefined ? Date.now() : Number(date), this.#options); }
  resolvedOptions() {
    const { locale, timeZone } = this.#options;
    return { locale, calendar: 'gregory', numberingSystem: 'latn', timeZone: timeZone ?? native.parts(0).zone };
  }
  static supportedLocalesOf(list) { return [list].flat().filter((l) => Object.hasOwn(locales, l) || Object.hasOwn(short, l)); }
}

// Numbers.
const symbols = { USD: '$', EUR: '€', GBP: '£', JPY: '¥', INR: '₹', KRW: '₩', CNY: 'CN¥', BRL: 'R$', CAD: 'CA$', AUD: 'A$', MXN: 'MX$' };
const whole = { JPY: 0, KRW: 0 };
const numberOptions = ['style', 'currency', 'minimumFractionDigits', 'maximumFractionDigits', 'useGrouping', 'minimumIntegerDigits', 'localeMatcher', 'numberingSystem'];
exports.formatNumber = (value, locale, options) => {
  const o = Object(options ?? {});
  for (const name of Object.keys(o)) {
    if (o[name] !== undefined && !numberOptions.includes(name)) throw new RangeError(`The option ${name} is not supported`);
  }
  if (!['en-US', 'en-GB', 'en-CA'].includes(localeOf(locale))) throw new RangeError(`The locale ${localeOf(locale)} is supported for dates only`);
  if (o.style !== undefined && !['decimal', 'percent', 'currency'].includes(o.style)) throw new RangeError(`Value ${o.style} out of range for Intl.NumberFormat options property style`);
  if (o.style === 'currency' && o.currency === undefined) throw new TypeError('Currency code is required with currency style.');
  if (typeof value === 'bigint') value = Number(value);
  if (Number.isNaN(value)) return 'NaN';
  const digits = o.style === 'currency' ? whole[o.currency] ?? 2 : o.style === 'percent' ? 0 : undefined;
  const least = o.minimumFractionDigits ?? Math.min(digits ?? 0, o.maximumFractionDigits ?? Infinity), most = Math.max(least, o.maximumFractionDigits ?? digits ?? 3);
  let number = '∞';
  if (Number.isFinite(value)) {
    let [integer, fraction = ''] = decimal(Math.abs(o.style === 'percent' ? value * 100 : value), Math.min(100, most)).split('.');
    while (fraction.length > least && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
    integer = integer.padStart(Math.min(21, o.minimumIntegerDigits ?? 1), '0');
    if (o.useGrouping !== false) integer = integer.replace(/\B(?=(\d{3})+$)/g, ',');
    number = integer + (fraction ? '.' + fraction : '');
  }
  const sign = value < 0 && (/[1-9]/.test(number) || number === '∞') ? '-' : '';
  if (o.style === 'currency') return sign + (symbols[o.currency] ?? o.currency + '\u00a0') + number;
  return sign + number + (o.style === 'percent' ? '%' : '');
};
// decimal is toFixed that rounds halves away from zero by the shortest digits, as ICU does.
function decimal(value, places) {
  if (value >= 1e21) return BigInt(value).toString();
  const shortest = String(value);
  if (shortest.includes('e')) return value.toFixed(Math.min(100, places));
  const [integer, fraction = ''] = shortest.split('.');
  if (fraction.length <= places) return integer + '.' + fraction.padEnd(places, '0');
  let all = BigInt(integer + fraction.slice(0, places));
  if (fraction[places] >= '5') all += 1n;
  const out = all.toString().padStart(places + 1, '0');
  return places === 0 ? out : out.slice(0, -places) + '.' + out.slice(-places);
}

class NumberFormat {
  #locale; #options;
  constructor(locale, options) {
    if (new.target === undefined) return new NumberFormat(locale, options);
    this.#locale = locale;
    this.#options = options;
    exports.formatNumber(0, locale, options);
    this.format = (value) => exports.formatNumber(typeof value === 'bigint' ? value : Number(value), this.#locale, this.#options);
  }
  resolvedOptions() { return { locale: localeOf(this.#locale), numberingSystem: 'latn', ...this.#options }; }
}
exports.Intl = { DateTimeFormat, NumberFormat, getCanonicalLocales: (list) => list === undefined ? [] : [list].flat().map(String) };
Object.defineProperty(exports.Intl, Symbol.toStringTag, { value: 'Intl', configurable: true });
