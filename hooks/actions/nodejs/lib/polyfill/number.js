// Number.prototype.toLocaleString, which goja takes for toString. There is one locale, en-US.
function group(value, options = {}) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value < 0 ? '-∞' : '∞';
  const percent = options.style === 'percent';
  const digits = options.style === 'currency' ? 2 : percent ? 0 : undefined;
  const least = options.minimumFractionDigits ?? digits ?? 0;
  const most = Math.max(least, options.maximumFractionDigits ?? digits ?? 3);
  let [whole, fraction = ''] = Math.abs(percent ? value * 100 : value).toFixed(Math.min(20, most)).split('.');
  while (fraction.length > least && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  if (options.useGrouping !== false) whole = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const text = whole + (fraction ? '.' + fraction : '');
  const sign = value < 0 && /[1-9]/.test(text) ? '-' : '';
  if (options.style === 'currency') return sign + ({ USD: '$', EUR: '€', GBP: '£', JPY: '¥' }[options.currency] ?? options.currency + '\u00a0') + text;
  return sign + text + (percent ? '%' : '');
}
Object.defineProperty(Number.prototype, 'toLocaleString', {
  value: function toLocaleString(locales, options) { return group(Number(this), options ?? {}); }, writable: true, configurable: true,
});
