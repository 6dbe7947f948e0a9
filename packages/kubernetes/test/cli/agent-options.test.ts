import { Command } from 'commander';
import { expect, it } from 'vitest';
import { type AgentFlags, addAgentOptions, parseListen } from '../../src/cli/agent-options.ts';

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

/** The flags that words stand for. */
function flagsOf(...words: string[]): AgentFlags {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  return addAgentOptions(command)
    .parse(['--node', 'n1', ...words], { from: 'user' })
    .opts<AgentFlags>();
}

it('--pod-cidr takes networks as the clusterCIDR of kube-proxy has them', () => {
  expect(flagsOf().podCidr).toBeUndefined();
  expect(flagsOf('--pod-cidr', '10.244.0.0/16,fd00:10:244::/56').podCidr).toEqual([
    '10.244.0.0/16',
    'fd00:10:244::/56',
  ]);
  expect(() => flagsOf('--pod-cidr', '10.244.0.0/33')).toThrow(
    '10.244.0.0/33 must be a network such as 10.244.0.0/16.',
  );
});
