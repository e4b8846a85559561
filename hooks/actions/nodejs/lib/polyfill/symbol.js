// The symbols of async iteration and of using.
for (const name of ['asyncIterator', 'dispose', 'asyncDispose']) {
  if (!Symbol[name]) Object.defineProperty(Symbol, name, { value: Symbol.for('Symbol.' + name) });
}
