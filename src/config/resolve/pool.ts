import { InputError } from '../../errors/input-error.ts';
import { commandProbe, httpProbe, type PoolOptions, type Probe, tcpProbe } from '../../health/index.ts';
import type { DestinationSpec } from '../../ipvs/model/destination.ts';
import type { TableEntrySpec } from '../../reconcile/index.ts';
import type { destination } from '../file/destination.ts';
import type { FileService } from '../file/file.ts';
import type { FileProbe } from '../file/probe.ts';
import type { Read } from '../shape/shape.ts';
import { within } from '../within.ts';

/** The pool of a service, if it has health checks. Throws InputError. */
export function resolvePool(
  { service, destinations }: TableEntrySpec,
  { health, destinations: given = [] }: FileService,
  resolve: (given: Read<typeof destination>) => DestinationSpec,
): PoolOptions | undefined {
  const own = given.map((each) => (typeof each === 'string' ? undefined : each.probes));
  if (!health) {
    const first = own.findIndex((probes) => probes !== undefined);
    if (first < 0) return undefined;
    throw new InputError('needs the health of the service', own[first], `destinations[${first}].probes`);
  }
  const { probes, fallback, ...options } = health;
  return {
    service,
    destinations: destinations.map((each, i) => {
      const probes = own[i];
      return probes ? { ...each, probes: probesOf(probes, `destinations[${i}]`) } : each;
    }),
    ...options,
    probes: probesOf(probes, 'health'),
    ...(fallback !== undefined && { fallback: resolve(fallback) }),
  };
}

function probesOf(probes: readonly FileProbe[], place: string): Probe[] {
  return probes.map((probe, i) => within(`${place}.probes[${i}]`, () => probeOf(probe)));
}

function probeOf(probe: FileProbe): Probe {
  switch (probe.type) {
    case 'tcp':
      return tcpProbe({ port: probe.port });
    case 'http':
    case 'https': {
      const { type, body, ...options } = probe;
      return httpProbe({ ...options, body: bodyOf(body), tls: type === 'https' });
    }
    case 'command': {
      const [command = '', ...parameters] = probe.command;
      return commandProbe(command, parameters, { env: probe.env });
    }
  }
}

function bodyOf(body: Extract<FileProbe, { type: 'http' }>['body']): string | RegExp | undefined {
  if (typeof body !== 'object') return body;
  try {
    return new RegExp(body.pattern, body.flags);
  } catch (error) {
    throw new InputError(`must be a regular expression (${(error as Error).message})`, body, 'body');
  }
}
