import { commandProbe, httpProbe, type PoolOptions, type Probe, tcpProbe } from '../../health/index.ts';
import type { DestinationSpec } from '../../ipvs/model/destination.ts';
import type { TableEntrySpec } from '../../reconcile/index.ts';
import type { destination } from '../file/destination.ts';
import type { FileService } from '../file/file.ts';
import type { Read } from '../shape/shape.ts';
import { within } from '../within.ts';

type FileHealth = NonNullable<FileService['health']>;
type FileProbe = FileHealth['probes'][number];

/** The pool of a service with health checks. Throws InputError. */
export function resolvePool(
  { service, destinations }: TableEntrySpec,
  { probes, fallback, ...options }: FileHealth,
  resolve: (given: Read<typeof destination>) => DestinationSpec,
): PoolOptions {
  return {
    service,
    destinations,
    ...options,
    probes: probes.map((probe, i) => within(`health.probes[${i}]`, () => probeOf(probe))),
    ...(fallback !== undefined && { fallback: resolve(fallback) }),
  };
}

function probeOf(probe: FileProbe): Probe {
  switch (probe.type) {
    case 'tcp':
      return tcpProbe({ port: probe.port });
    case 'http': {
      const { type: _, ...options } = probe;
      return httpProbe(options);
    }
    case 'https': {
      const { type: _, ...options } = probe;
      return httpProbe({ ...options, tls: true });
    }
    case 'command': {
      const [command = '', ...parameters] = probe.command;
      return commandProbe(command, parameters, { env: probe.env });
    }
  }
}
