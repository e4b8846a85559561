// http.
module.exports = require('internal/http').make('http:');
