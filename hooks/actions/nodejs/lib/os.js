// os: nothing of the real machine.
const text = (value) => () => value;
Object.assign(exports, {
  EOL: '\n', devNull: '/dev/null', arch: text('x64'), platform: text('linux'), type: text('Linux'), release: text('0'), version: text(''), machine: text('x86_64'),
  hostname: text('localhost'), homedir: text('/'), tmpdir: text('/tmp'), endianness: text('LE'), uptime: text(0), loadavg: () => [0, 0, 0],
  totalmem: text(0), freemem: text(0), cpus: () => [], networkInterfaces: () => ({}), userInfo: () => ({ username: 'action', uid: 0, gid: 0, shell: null, homedir: '/' }),
  availableParallelism: text(1), constants: { signals: {}, errno: {} },
});
