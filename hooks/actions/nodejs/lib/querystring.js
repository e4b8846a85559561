// querystring.
const { bounded } = require('internal/bytes');

function unescape(text) {
  try { return decodeURIComponent(text); } catch { return text.replace(/%[0-9a-f]{2}/gi, (h) => String.fromCharCode(parseInt(h.slice(1), 16))); }
}
function escape(text) {
  return encodeURIComponent(typeof text === 'object' ? String(text) : text + '');
}
function primitive(value) {
  switch (typeof value) {
    case 'string': return value;
    case 'number': return Number.isFinite(value) ? String(value) : '';
    case 'bigint': case 'boolean': return String(value);
  }
  return '';
}
function parse(text, separator = '&', equals = '=', options = {}) {
  const result = Object.create(null);
  if (typeof text !== 'string' || text === '') return result;
  const decode = options?.decodeURIComponent ?? exports.unescape;
  const most = options?.maxKeys ?? 1000;
  let parts = bounded(text).split(separator || '&');
  if (most > 0) parts = parts.slice(0, most);
  for (const part of parts) {
    if (part === '') continue;
    const at = part.indexOf(equals || '=');
    const name = decode((at < 0 ? part : part.slice(0, at)).replaceAll('+', ' '));
    const value = at < 0 ? '' : decode(part.slice(at + (equals || '=').length).replaceAll('+', ' '));
    if (!(name in result)) result[name] = value;
    else if (Array.isArray(result[name])) result[name].push(value);
    else result[name] = [result[name], value];
  }
  return result;
}
function stringify(object, separator = '&', equals = '=', options = {}) {
  if (typeof object !== 'object' || object === null) return '';
  const encode = options?.encodeURIComponent ?? exports.escape;
  const pairs = [];
  for (const name of Object.keys(object)) {
    for (const value of Array.isArray(object[name]) ? object[name] : [object[name]]) {
      pairs.push(encode(name) + (equals || '=') + encode(primitive(value)));
    }
  }
  return pairs.join(separator || '&');
}
Object.assign(exports, { parse, decode: parse, stringify, encode: stringify, escape, unescape });
