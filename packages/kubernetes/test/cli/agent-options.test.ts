import { expect, it } from 'vitest';
import { parseListen } from '../../src/cli/agent-options.ts';

it.each([
  ['10356', { host: undefined, port: 10356 }],
  ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
  ['[::1]:65535', { host: '::1', port: 65535 }],
  ['localhost:80', { host: 'localhost', port: 80 }],
])('%s is where to listen', (text, options) => {
  expect(parseListen(text)).toEqual(options);
});

it.each(['', ':80', '::1:80', '65536', '127.0.0.1', '127.0.0.1:', '1.2.3.4:x', '-1'])('%j is not', (text) => {
  expect(() => parseListen(text)).toThrow('It must be a port, or an address and a port.');
});
