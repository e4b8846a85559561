// RegExp with \p{…} in a pattern that is made when the code runs: goja takes it for the letter p.
const Native = RegExp;
function RegExp2(pattern, flags) {
  const given = pattern instanceof Native;
  let source = given ? pattern.source : pattern === undefined ? '(?:)' : String(pattern), f = flags === undefined ? (given ? pattern.flags : '') : String(flags);
  if (!new.target && given && flags === undefined) return pattern;
  if (source.includes('\\p{') || source.includes('\\P{')) [source, f] = native.expand(source, f);
  return Reflect.construct(Native, [source, f], new.target === undefined || new.target === RegExp2 ? Native : new.target);
}
RegExp2.prototype = Native.prototype;
Object.defineProperty(RegExp2, 'name', { value: 'RegExp' });
Object.defineProperty(RegExp2, Symbol.species, { get() { return this; }, configurable: true });
Object.defineProperty(Native.prototype, 'constructor', { value: RegExp2, writable: true, configurable: true });
Object.defineProperty(globalThis, 'RegExp', { value: RegExp2, writable: true, configurable: true });
