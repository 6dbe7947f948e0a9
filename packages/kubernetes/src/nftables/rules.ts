import { createHash } from 'node:crypto';
import type { Command, Family, Json } from './json.ts';
import { declareSet, protocolNames, protocolNumbers, type SetName, setNames } from './sets.ts';

/** What the rules are made with. */
export interface RuleSettings {
  /** Name of the table, in both families. */
  readonly table: string;
  /** The bit of a connection's mark that carries the wish to masquerade from the first packet's way in to its way out. */
  readonly masqueradeBit: number;
  /** Source ports to masquerade with: none that is a node port, since IPVS would take the answer for a request. */
  readonly masqueradePorts: readonly [first: number, last: number];
}

/** A chain that the kernel calls, and its rules. */
interface Chain {
  readonly name: string;
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: 'prerouting' | 'input' | 'output' | 'postrouting';
  readonly priority: number;
  readonly rules: readonly (readonly Json[])[];
}

/** Priorities of hooks (include/uapi/linux/netfilter_ipv4.h). IPVS is at 98 of input, and at -98 of output. */
const MANGLE = -150;
const DSTNAT = -100;
const FILTER = 0;
const SRCNAT = 100;

/** The chains of a family. IPVS comes after prerouting and input for packets from outside, and after output for the node's own. */
function chainsOf(family: Family, { masqueradeBit, masqueradePorts: [first, last] }: RuleSettings): readonly Chain[] {
  const field = (name: 'saddr' | 'daddr'): Json => ({ payload: { protocol: family, field: name } });
  const l4proto: Json = { meta: { key: 'l4proto' } };
  const service: readonly Json[] = [field('daddr'), l4proto, { payload: { protocol: 'th', field: 'dport' } }];
  const isIn = (parts: readonly Json[], set: SetName, op: '==' | '!=' = '=='): Json => ({
    match: { op, left: parts.length === 1 ? (parts[0] ?? null) : { concat: parts }, right: `@${set}` },
  });
  const isNew: Json = { match: { op: 'in', left: { ct: { key: 'state' } }, right: 'new' } };
  // TCP, UDP and SCTP by number: their names need /etc/protocols.
  const hasPorts: Json = { match: { op: '==', left: l4proto, right: { set: [6, 17, 132] } } };
  const isTcp: Json = { match: { op: '==', left: l4proto, right: protocolNumbers.tcp } };
  const ctMark: Json = { ct: { key: 'mark' } };
  const wish: Json = { mangle: { key: ctMark, value: { '|': [ctMark, masqueradeBit] } } };
  const wished: Json = { match: { op: '==', left: { '&': [ctMark, masqueradeBit] }, right: masqueradeBit } };
  const masquerade: Json = { masquerade: { port: { range: [first, last] }, flags: 'fully-random' } };
  const mark: Json = {
    mangle: { key: { meta: { key: 'mark' } }, value: { map: { key: { concat: service }, data: '@marks' } } },
  };
  // To the address that it has: whatever else wants to translate it finds that done (net/netfilter/nf_nat_core.c, nf_nat_inet_fn).
  const keepAddress: readonly Json[] = [
    isIn(service, 'services'),
    { dnat: { addr: { map: { key: field('daddr'), data: '@same-address' } } } },
  ];
  const refuseOthers = protocolNames.map((name): readonly Json[] => [
    isIn(service, 'restricted'),
    { match: { op: '==', left: l4proto, right: protocolNumbers[name] } },
    isIn([field('daddr'), { payload: { protocol: 'th', field: 'dport' } }, field('saddr')], `allowed-${name}`, '!='),
    { drop: null },
  ]);
  const unreachable: Json = { reject: { type: family === 'ip' ? 'icmp' : 'icmpv6', expr: 'port-unreachable' } };
  return [
    {
      name: 'prerouting',
      type: 'filter',
      hook: 'prerouting',
      priority: MANGLE,
      rules: [
        [isIn([field('saddr')], 'pods'), mark],
        [isNew, isIn(service, 'masquerade'), wish],
        [isNew, isIn([field('saddr')], 'pods', '!='), isIn(service, 'masquerade-from-outside'), wish],
      ],
    },
    { name: 'prerouting-nat', type: 'nat', hook: 'prerouting', priority: DSTNAT - 10, rules: [keepAddress] },
    {
      name: 'input',
      type: 'filter',
      hook: 'input',
      priority: FILTER,
      rules: [
        ...refuseOthers,
        [isIn(service, 'services'), { accept: null }],
        // The kernel sends only so many ICMP messages in a second, but a reset to every connection.
        [isTcp, isNew, isIn([field('daddr')], 'vips'), { reject: { type: 'tcp reset' } }],
        [hasPorts, isNew, isIn([field('daddr')], 'vips'), unreachable],
      ],
    },
    {
      name: 'output',
      type: 'route',
      hook: 'output',
      priority: MANGLE,
      rules: [
        ...refuseOthers,
        // The source is the VIP, which every node has: an endpoint of another one would answer to its own node.
        [mark, wish],
        [isNew, isIn(service, 'masquerade'), wish],
        [isNew, isIn(service, 'masquerade-from-outside'), wish],
        [isNew, isIn(service, 'masquerade-from-node'), wish],
      ],
    },
    { name: 'output-nat', type: 'nat', hook: 'output', priority: DSTNAT - 10, rules: [keepAddress] },
    {
      name: 'postrouting',
      type: 'nat',
      hook: 'postrouting',
      priority: SRCNAT - 1,
      rules: [
        [hasPorts, isIn([...service, field('saddr')], 'hairpins'), masquerade],
        [hasPorts, wished, masquerade],
      ],
    },
  ];
}

/** The fixed part of a table: its sets, chains and rules. */
export interface TableRules {
  /** What makes them: sets, chains, rules, in this order. */
  readonly commands: readonly Command[];
  /** The comment of each rule, by which they are known again. */
  readonly comment: string;
  readonly chains: readonly string[];
  /** How many rules there are. */
  readonly size: number;
}

/** The fixed part of the table of a family. */
export function tableRules(family: Family, settings: RuleSettings): TableRules {
  const { table } = settings;
  const chains = chainsOf(family, settings);
  const declarations = setNames.map((name): Command => ({ add: declareSet(family, table, name) }));
  const hash = createHash('sha256')
    .update(JSON.stringify([declarations, chains]))
    .digest('hex');
  const comment = `${table} ${hash.slice(0, 16)}`;
  const hooks = chains.map(({ name, type, hook, priority: prio }): Command => {
    return { add: { chain: { family, table, name, type, hook, prio, policy: 'accept' } } };
  });
  const rules = chains.flatMap(({ name: chain, rules }) =>
    rules.map((expr): Command => ({ add: { rule: { family, table, chain, expr, comment } } })),
  );
  return {
    commands: [...declarations, ...hooks, ...rules],
    comment,
    chains: chains.map(({ name }) => name),
    size: rules.length,
  };
}
