// https.
module.exports = require('internal/http').make('https:');
