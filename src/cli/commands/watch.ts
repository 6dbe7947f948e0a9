import { describeDestination, describeService } from '../../ipvs/index.ts';
import { type WatchEvent, watch as watchTable } from '../../reconcile/index.ts';
import { eventJson } from '../event-json.ts';
import { parseSeconds } from '../seconds.ts';
import { defineCommand } from './command.ts';

export const watch = defineCommand({
  name: 'watch',
  synopsis: 'watch [--interval DURATION] [--json]',
  summary: 'print how the table changes, a line for each change',
  options: {
    interval: { type: 'string', operand: 'DURATION', default: '1', about: 'time between two looks, 1s by default' },
    json: { type: 'boolean', about: 'a line of JSON for each change' },
  },
  async run({ values }, { open, stdout, signal }) {
    const { interval = '', json } = values;
    const seconds = parseSeconds('--interval', interval);
    const ipvs = await open({ readOnly: true });
    for await (const event of watchTable(ipvs, { interval: seconds, signal }))
      stdout.write(`${json ? eventJson(event) : eventText(event)}\n`);
    return 0;
  },
});

function eventText(event: WatchEvent): string {
  switch (event.type) {
    case 'addService':
      return `service ${describeService(event.service)} added: ${settings(event.service)}`;
    case 'updateService':
      return `service ${describeService(event.service)} changed: ${differences(event.before, event.service)}`;
    case 'removeService':
      return `service ${describeService(event.service)} removed`;
    case 'addDestination':
      return `${destinationText(event)} added: ${settings(event.destination)}`;
    case 'updateDestination':
      return `${destinationText(event)} changed: ${differences(event.before, event.destination)}`;
    case 'removeDestination':
      return `${destinationText(event)} removed`;
    case 'interrupted':
      return `cannot read the table: ${event.error.message}`;
    case 'resumed':
      return 'the table can be read again';
    case 'rates':
      return `${event.services.length} services`;
  }
}

function destinationText({ service, destination }: Extract<WatchEvent, { type: `${string}Destination` }>): string {
  return `destination ${describeDestination(destination)} of ${describeService(service)}`;
}

/** What is set, not what is counted. */
const SETTINGS = [
  'scheduler',
  'flags',
  'persistence',
  'dormantPersistence',
  'forwarding',
  'weight',
  'upperThreshold',
  'lowerThreshold',
];

function settings(entry: object): string {
  return SETTINGS.flatMap((name) => {
    const value = Reflect.get(entry, name);
    return value === undefined || JSON.stringify(value) === '{}' ? [] : [`${name} ${valueText(value)}`];
  }).join(', ');
}

function differences(before: object, after: object): string {
  return SETTINGS.flatMap((name) => {
    const [old, now] = [valueText(Reflect.get(before, name)), valueText(Reflect.get(after, name))];
    return old === now ? [] : [`${name} ${old} -> ${now}`];
  }).join(', ');
}

function valueText(value: unknown): string {
  if (value === undefined) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
