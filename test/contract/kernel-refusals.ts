import { describe, expect } from 'vitest';
import { commands } from '../../src/ipvs/wire/commands.ts';
import type { command } from '../../src/ipvs/wire/tables.ts';
import type { Family, Infer } from '../../src/netlink/index.ts';
import { type Bed, familyCase } from './bed.ts';

type Fields = Infer<typeof command>;
type Command = Exclude<keyof typeof commands, 'getInfo' | 'getDest' | 'getDaemon'>;

const key = { family: 'inet', protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const absent = { ...key, port: 81 };
const flags = { flags: 0, mask: 0xffffffff };
const setup = { scheduler: 'rr', flags, timeout: 0, netmask: '255.255.255.255' } as const;
const server = { family: 'inet', address: '192.0.2.20', port: 80 } as const;
const use = { forwarding: 'masquerade', weight: 1, upperThreshold: 0, lowerThreshold: 0 } as const;
const daemon = { state: 'backup', interface: 'd0', syncId: 0 } as const;
const strange = { family: '#1', fwmark: 1 } as const;

/** Every refusal that the tables can ask for: the command, the errno, and what to send, to a kernel that has `given`. */
export const kernelRefusals: readonly [command: Command, errno: string, fields: Fields][] = [
  ['newService', 'EINVAL', { service: { ...key, scheduler: 'rr' } }],
  ['newService', 'EAFNOSUPPORT', { service: { ...strange, ...setup, netmask: 0 } }],
  ['newService', 'ENOENT', { service: { ...absent, ...setup, scheduler: 'nonesuch' } }],
  ['newService', 'EEXIST', { service: { ...key, ...setup } }],
  ['setService', 'EINVAL', { service: key }],
  ['setService', 'EAFNOSUPPORT', { service: { ...strange, ...setup, netmask: 0 } }],
  ['setService', 'ESRCH', { service: { ...absent, ...setup } }],
  ['setService', 'ENOENT', { service: { ...key, ...setup, engine: 'nonesuch' } }],
  ['delService', 'EINVAL', {}],
  ['delService', 'EAFNOSUPPORT', { service: strange }],
  ['delService', 'ESRCH', { service: absent }],
  ['getService', 'EINVAL', { service: { family: 'inet' } }],
  ['getService', 'EAFNOSUPPORT', { service: strange }],
  ['getService', 'ESRCH', { service: absent }],
  ['zero', 'EINVAL', { service: { family: 'inet' } }],
  ['zero', 'EAFNOSUPPORT', { service: strange }],
  ['zero', 'ESRCH', { service: absent }],
  ['newDest', 'EINVAL', { service: key, destination: server }],
  ['newDest', 'EAFNOSUPPORT', { service: key, destination: { ...server, ...use, family: '#1' } }],
  ['newDest', 'ESRCH', { service: absent, destination: { ...server, ...use } }],
  ['newDest', 'ERANGE', { service: key, destination: { ...server, ...use, weight: 0x80000000 } }],
  ['newDest', 'EEXIST', { service: key, destination: { ...server, ...use } }],
  ['setDest', 'EINVAL', { service: key, destination: server }],
  ['setDest', 'EAFNOSUPPORT', { service: key, destination: { ...server, ...use, family: '#1' } }],
  ['setDest', 'ESRCH', { service: absent, destination: { ...server, ...use } }],
  ['setDest', 'ERANGE', { service: key, destination: { ...server, ...use, lowerThreshold: 1 } }],
  ['setDest', 'ENOENT', { service: key, destination: { ...server, ...use, port: 81 } }],
  ['delDest', 'EINVAL', { service: key }],
  ['delDest', 'EAFNOSUPPORT', { service: key, destination: { ...server, family: '#1' } }],
  ['delDest', 'ESRCH', { service: absent, destination: server }],
  ['delDest', 'ENOENT', { service: key, destination: { ...server, port: 81 } }],
  ['newDaemon', 'EINVAL', { daemon: { ...daemon, state: '#3' } }],
  ['newDaemon', 'ENODEV', { daemon: { ...daemon, interface: 'nonesuch' } }],
  ['newDaemon', 'EEXIST', { daemon }],
  ['newDaemon', 'ENETUNREACH', { daemon: { ...daemon, state: 'master', interface: 'd1' } }],
  ['delDaemon', 'EINVAL', { daemon: { state: '#3' } }],
  ['delDaemon', 'ESRCH', { daemon: { state: 'master' } }],
  ['setConfig', 'EINVAL', { tcp: 0x80000000 }],
];

export function kernelRefusalContract(bed: Bed): void {
  describe('refusals by the kernel itself', () => {
    familyCase(bed, 'every command and errno', async (family) => {
      await family.execute(commands.newService, { service: { ...key, ...setup } });
      await family.execute(commands.newDest, { service: key, destination: { ...server, ...use } });
      await family.execute(commands.newDaemon, { daemon });
      const answers: string[] = [];
      for (const [name, , fields] of kernelRefusals) answers.push(`${name} ${await refusal(family, name, fields)}`);
      expect(answers).toEqual(kernelRefusals.map(([name, errno]) => `${name} ${errno}`));
    });
  });
}

/** The errno's name with which the kernel refuses. */
async function refusal(family: Family, name: Command, fields: Fields): Promise<unknown> {
  const answer =
    name === 'getService' ? family.request(commands[name], fields) : family.execute(commands[name], fields);
  return answer.then(
    () => 'success',
    (error) => error.code,
  );
}
