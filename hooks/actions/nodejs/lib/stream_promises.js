// stream/promises.
const { finished, pipeline } = require('stream');
exports.finished = (stream) => new Promise((resolve, reject) => finished(stream, (error) => error ? reject(error) : resolve()));
exports.pipeline = (...streams) => new Promise((resolve, reject) => pipeline(...streams, (error) => error ? reject(error) : resolve()));
