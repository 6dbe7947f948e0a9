import { once } from 'node:events';
import { printable } from '../../errors/printable.ts';
import { Pool, type PoolEvent } from '../../health/index.ts';
import { describeDestination, describeService, type ServiceKey } from '../../ipvs/index.ts';
import { forgetWanted } from '../../reconcile/drain/forget-wanted.ts';
import { apply } from '../../reconcile/index.ts';
import { serviceId } from '../../reconcile/plan/identity.ts';
import { complainOfCut } from '../desired/complain-of-cut.ts';
import { drainOptions, drainWithin, parseDrain } from '../desired/drain-options.ts';
import { planPools } from '../desired/plan-pools.ts';
import { readConfig } from '../desired/read-config.ts';
import { eventJson } from '../event-json.ts';
import { Failure, status } from '../failure.ts';
import { complain } from '../io.ts';
import { defineCommand } from './command.ts';

export const pool = defineCommand({
  name: 'pool',
  synopsis: 'pool FILE [--drain DURATION] [--json]',
  summary: 'check servers as a file says and use those that are well',
  options: { ...drainOptions, json: { type: 'boolean', about: 'a line of JSON for each event' } },
  operands: [1, 1],
  async run({ values, operands: [path = ''] }, { open, stdout, stderr, signal }) {
    const deadline = parseDrain(values);
    const { pools, ...config } = await readConfig(path, {});
    const drain = drainWithin(deadline, config.drain);
    if (pools.length === 0) throw new Failure(`${path}: no service has health checks`, status.input);
    const ipvs = await open();
    const changes = await planPools(ipvs, pools);
    if (drain?.deadlines) {
      const ours = new Set(pools.map(({ service }) => serviceId(service)));
      await forgetWanted(drain.deadlines, changes, (service) => ours.has(serviceId(service)));
    }
    const settings = changes.filter(({ type }) => type === 'patchService');
    const [refused] = (await apply(ipvs, settings)).failed;
    if (refused) throw refused.error;
    const running: Pool[] = [];
    try {
      for (const options of pools) {
        const onEvent = (event: PoolEvent) => stdout.write(`${(values.json ? json : text)(options.service, event)}\n`);
        running.push(await Pool.start(ipvs, { ...options, onEvent }));
      }
      stderr.write(
        `ipvs: checking the servers of ${pools.map(({ service }) => describeService(service)).join(', ')}\n`,
      );
      const removals = changes.filter(({ type }) => type === 'removeDestination');
      // Only now that others serve.
      const { cut, failed } = await apply(ipvs, removals, { signal, drain }).catch((error) => {
        // What still drains when the command ends is found again by the next one.
        if (signal.aborted) return { cut: [], failed: [] };
        throw error;
      });
      complainOfCut({ stderr }, cut);
      for (const { error } of failed) complain({ stderr }, messageOf(error));
      if (!signal.aborted) await once(signal, 'abort');
      return 0;
    } finally {
      await Promise.all(running.map((each) => each.stop()));
    }
  },
});

function text(service: ServiceKey, event: PoolEvent): string {
  const name = describeService(service);
  switch (event.type) {
    case 'up':
      return `${name}: ${describeDestination(event.destination)} is up`;
    case 'down':
      return printable(`${name}: ${describeDestination(event.destination)} is down: ${event.error.message}`);
    case 'quorum':
      return `${name}: the quorum is ${event.reached ? 'reached' : 'lost'}`;
    case 'error':
      return printable(`${name}: ${messageOf(event.error)}`);
  }
}

function json(service: ServiceKey, event: PoolEvent): string {
  return eventJson({ service: describeService(service), ...event });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
