// punycode: hosts' names only.
const url = require('url');
Object.assign(exports, {
  toASCII: url.domainToASCII, toUnicode: url.domainToUnicode, version: '2.0.0',
  ucs2: { decode: (text) => Array.from(text, (c) => c.codePointAt(0)), encode: (points) => String.fromCodePoint(...points) },
});
