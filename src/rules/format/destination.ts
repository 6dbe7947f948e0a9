import { InputError } from '../../errors/input-error.ts';
import { type Destination, describeDestination, encodeDestination } from '../../ipvs/model/destination.ts';
import type { Tunnel } from '../../ipvs/model/forwarding.ts';
import type { Service } from '../../ipvs/model/service.ts';
import { encodeServiceKey } from '../../ipvs/model/service-key.ts';
import { assertWritable } from './assert-writable.ts';
import type { FormatOptions } from './options.ts';
import { endpointRule } from './wording.ts';

const methods: Readonly<Record<string, string>> = { masquerade: '-m', 'direct-route': '-g', local: '-g' };
const tunnels = ['ipip', 'gue', 'gre'];
const checksums = ['nocsum', 'csum', 'remcsum'];

/** What names a destination and sets it up: `-r 192.0.2.20:80 -m -w 1`. */
export function destinationRule(destination: Destination, service: Service, options: FormatOptions): string {
  const { forwarding, weight, upperThreshold, lowerThreshold } = destination;
  if (options.lossless) checkExpressible(destination, service);
  const endpoint = endpointRule(destination, 'protocol' in service ? service.protocol : undefined, options.names);
  return [
    `-r ${endpoint}`,
    typeof forwarding === 'object' ? '-i' : methodWord(destination, forwarding),
    `-w ${weight}`,
    ...(typeof forwarding === 'object' ? tunnelWords(destination, forwarding) : []),
    ...(options.lossless && upperThreshold > 0 ? [`-x ${upperThreshold}`] : []),
    ...(options.lossless && lowerThreshold > 0 ? [`-y ${lowerThreshold}`] : []),
  ].join(' ');
}

function methodWord(destination: Destination, method: string): string {
  const word = methods[method];
  if (!word) throw inexpressible(destination, method, 'forwarding');
  return word;
}

function tunnelWords(destination: Destination, forwarding: Tunnel): string[] {
  const { tunnel, port = 0, checksum = 'nocsum' } = { port: undefined, checksum: undefined, ...forwarding };
  if (!tunnels.includes(tunnel)) throw inexpressible(destination, tunnel, 'forwarding.tunnel');
  if (tunnel === 'ipip') return ['--tun-type ipip'];
  if (!checksums.includes(checksum)) throw inexpressible(destination, checksum, 'forwarding.checksum');
  return [`--tun-type ${tunnel}`, ...(tunnel === 'gue' ? [`--tun-port ${port}`] : []), `--tun-${checksum}`];
}

function checkExpressible(destination: Destination, service: Service): void {
  const { forwarding, port } = destination;
  if (forwarding === 'local') throw inexpressible(destination, forwarding, 'forwarding');
  // Whoever reads a rule gives a server the port of its service unless packets to it are rewritten.
  if (forwarding !== 'masquerade' && 'port' in service && port !== service.port)
    throw inexpressible(destination, port, 'port');
  const { family } = encodeServiceKey(service);
  assertWritable(
    () => encodeDestination(destination, family),
    (value, field) => inexpressible(destination, value, field),
  );
}

function inexpressible(destination: Destination, value: unknown, field: string): InputError {
  const rule = `of ${describeDestination(destination)} cannot be expressed in ipvsadm's syntax`;
  return new InputError(rule, value, `destination.${field}`);
}
