// The symbol of async iteration, which goja lacks: Symbol.asyncIterator when the Action's code names it, else what esbuild uses in its place.
module.exports = Symbol.asyncIterator ?? Symbol.for('Symbol.asyncIterator');
