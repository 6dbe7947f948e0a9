import { describeDestination, describeService } from '../../ipvs/index.ts';
import { type DrainTarget, drain as drainTargets, type Progress } from '../../reconcile/index.ts';
import { parseRules } from '../../rules/index.ts';
import { complainOfCut } from '../desired/complain-of-cut.ts';
import { Failure, status } from '../failure.ts';
import { complain } from '../io.ts';
import { withNames } from '../names.ts';
import { parseSeconds } from '../seconds.ts';
import { defineCommand } from './command.ts';

const services = {
  'tcp-service': { type: 'string', short: 't', operand: 'ADDRESS:PORT', about: 'the service, by TCP' },
  'udp-service': { type: 'string', short: 'u', operand: 'ADDRESS:PORT', about: 'the service, by UDP' },
  'sctp-service': { type: 'string', operand: 'ADDRESS:PORT', about: 'the service, by SCTP' },
  'fwmark-service': { type: 'string', short: 'f', operand: 'MARK', about: 'the service, by firewall mark' },
} as const;

export const drain = defineCommand({
  name: 'drain',
  synopsis: 'drain -t|-u|-f SERVICE [-r SERVER]... [--deadline DURATION]',
  summary: 'let the connections of servers end, then remove them',
  options: {
    ...services,
    ipv6: { type: 'boolean', short: '6', about: 'the firewall mark is that of IPv6 packets' },
    'real-server': {
      type: 'string',
      short: 'r',
      multiple: true,
      operand: 'ADDRESS:PORT',
      about: 'a server; all without',
    },
    deadline: {
      type: 'string',
      operand: 'DURATION',
      default: '300',
      about: 'when to end what lasts: 60, 60s, 5m; 300 by default',
    },
  },
  outlivesReaders: true,
  async run({ values }, { open, stdout, stderr, signal }) {
    const given = (Object.keys(services) as (keyof typeof services)[]).filter((name) => values[name] !== undefined);
    const [name, second] = given;
    if (!name || second) throw Failure.usage('must name one service');
    const service = `--${name} ${values[name]}${values.ipv6 ? ' -6' : ''}`;
    const servers = values['real-server'] ?? [];
    const lines = servers.length > 0 ? servers.map((server) => `-d ${service} -r ${server}`) : [`-D ${service}`];
    // Lines of -d and -D parse to removals, which have the properties of a target; the type says any rule.
    const targets = (await withNames((names) => parseRules(lines.join('\n'), { names }))) as unknown as DrainTarget[];
    const deadline = parseSeconds('--deadline', values.deadline ?? '');
    const result = await drainTargets(await open(), targets.map(targetOf), { deadline, signal, progress: say(stdout) });
    complainOfCut({ stderr }, result.cut);
    for (const change of result.unneeded) complain({ stderr }, absence(change as DrainTarget));
    for (const { error } of result.failed) complain({ stderr }, (error as Error).message);
    return result.failed.length > 0 ? status.refused : 0;
  },
});

function absence({ service, destination }: DrainTarget): string {
  const name = `service ${describeService(service)}`;
  return destination ? `there is no destination ${describeDestination(destination)} of ${name}` : `there is no ${name}`;
}

function targetOf({ service, destination }: DrainTarget): DrainTarget {
  return { service, destination };
}

/** Says how many connections are left whenever there are fewer or more. */
function say(stdout: { write(text: string): unknown }): (progress: Progress) => void {
  let before = 0;
  return ({ draining }) => {
    const connections = draining.reduce((sum, each) => sum + each.connections, 0);
    if (connections !== before) stdout.write(`${connections} connections left\n`);
    before = connections;
  };
}
