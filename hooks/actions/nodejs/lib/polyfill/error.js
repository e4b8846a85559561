// Error.captureStackTrace.
if (!Error.captureStackTrace) {
  Object.defineProperty(Error, 'captureStackTrace', {
    writable: true, configurable: true,
    value: function captureStackTrace(target) {
      if (Object.hasOwn(target, 'stack')) return;
      const { stack } = new Error();
      const name = typeof target.name === 'string' ? target.name : 'Error', message = typeof target.message === 'string' ? target.message : '';
      const lines = String(stack).split('\n').slice(1).filter((line) => !line.includes('captureStackTrace'));
      Object.defineProperty(target, 'stack', { value: [message ? `${name}: ${message}` : name, ...lines].join('\n'), writable: true, configurable: true });
    },
  });
  Error.stackTraceLimit = 10;
}
