// console.
module.exports = globalThis.console;
