// perf_hooks.
exports.performance = require('internal/globals').performance;
exports.PerformanceObserver = class PerformanceObserver { observe() {} disconnect() {} };
exports.constants = {};
