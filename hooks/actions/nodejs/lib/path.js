// path, of POSIX.
function normalizeParts(text, absolute) {
  const out = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') out.push(part);
    else if (out.length > 0 && out.at(-1) !== '..') out.pop();
    else if (!absolute) out.push('..');
  }
  return out.join('/');
}
const path = {
  sep: '/', delimiter: ':',
  isAbsolute: (p) => p.startsWith('/'),
  normalize(p) {
    if (p === '') return '.';
    const absolute = p.startsWith('/');
    let out = normalizeParts(p, absolute);
    if (out === '' && !absolute) out = '.';
    if (out !== '' && p.endsWith('/')) out += '/';
    return (absolute ? '/' : '') + out;
  },
  join: (...parts) => path.normalize(parts.filter((p) => p !== '').join('/')),
  resolve(...parts) {
    let out = '';
    for (const p of ['/', ...parts]) out = p.startsWith('/') ? p : p === '' ? out : out + '/' + p;
    return '/' + normalizeParts(out, true);
  },
  relative(from, to) {
    const a = path.resolve(from).split('/').filter(Boolean), b = path.resolve(to).split('/').filter(Boolean);
    let same = 0;
    while (same < a.length && same < b.length && a[same] === b[same]) same++;
    return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/');
  },
  dirname(p) {
    const trimmed = p.replace(/\/+$/, '');
    const at = trimmed.lastIndexOf('/');
    return at < 0 ? (p.startsWith('/') ? '/' : '.') : at === 0 ? '/' : trimmed.slice(0, at);
  },
  basename(p, suffix) {
    const base = p.replace(/\/+$/, '').split('/').at(-1);
    return suffix !== undefined && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
  },
  extname(p) {
    const base = path.basename(p), at = base.lastIndexOf('.');
    return at <= 0 || base === '..' ? '' : base.slice(at);
  },
  parse(p) {
    const root = p.startsWith('/') ? '/' : '', base = path.basename(p), ext = path.extname(p), dir = path.dirname(p);
    return { root, dir: dir === '.' && !p.startsWith('.') ? '' : dir, base, ext, name: ext ? base.slice(0, -ext.length) : base };
  },
  format: (o) => (o.dir ? (o.dir === o.root ? o.dir : o.dir + '/') : o.root ?? '') + (o.base ?? (o.name ?? '') + (o.ext ?? '')),
  toNamespacedPath: (p) => p,
};
path.posix = path;
path.win32 = path;
module.exports = path;
