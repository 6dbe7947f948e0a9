import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'ipvs-layers-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** For each rule, an import that it forbids: who imports, and what. */
const violations: Record<string, readonly [from: string, to: string]> = {
  'no-circle': ['src/errors/a.ts', 'src/errors/b.ts'],
  'errors-imports-only-downwards': ['src/errors/c.ts', 'src/linux/c.ts'],
  'linux-imports-only-downwards': ['src/linux/d.ts', 'src/netlink/d.ts'],
  'netlink-imports-only-downwards': ['src/netlink/codec/e.ts', 'src/ipvs/wire/e.ts'],
  'ipvs-imports-only-downwards': ['src/ipvs/f.ts', 'src/rules/f.ts'],
  'rules-imports-only-downwards': ['src/rules/g.ts', 'src/reconcile/g.ts'],
  'health-imports-only-downwards': ['src/health/h.ts', 'src/metrics/h.ts'],
  'metrics-imports-only-downwards': ['src/metrics/i.ts', 'src/health/i.ts'],
  'reconcile-imports-only-downwards': ['src/reconcile/j.ts', 'src/netlink/j.ts'],
  'config-imports-only-downwards': ['src/config/ac.ts', 'src/metrics/ac.ts'],
  'testing-imports-only-downwards': ['src/testing/k.ts', 'src/ipvs/client/k.ts'],
  'netlink-codec-imports-only-downwards': ['src/netlink/codec/l.ts', 'src/netlink/socket/l.ts'],
  'netlink-socket-imports-only-downwards': ['src/netlink/socket/m.ts', 'src/netlink/generic/m.ts'],
  'netlink-generic-imports-only-downwards': ['src/netlink/generic/n.ts', 'src/netlink/transport/n.ts'],
  'netlink-transport-imports-only-downwards': ['src/netlink/transport/o.ts', 'src/netlink/generic/o.ts'],
  'netlink-raw-imports-only-downwards': ['src/netlink/raw/p.ts', 'src/netlink/transport/p.ts'],
  'rtnetlink-imports-only-downwards': ['src/rtnetlink/ad.ts', 'src/ipvs/ad.ts'],
  'rtnetlink-wire-imports-only-downwards': ['src/rtnetlink/wire/ae.ts', 'src/rtnetlink/model/ae.ts'],
  'rtnetlink-model-imports-only-downwards': ['src/rtnetlink/model/af.ts', 'src/rtnetlink/errors/af.ts'],
  'rtnetlink-errors-imports-only-downwards': ['src/rtnetlink/errors/ag.ts', 'src/rtnetlink/ag.ts'],
  'conntrack-imports-only-downwards': ['src/conntrack/ai.ts', 'src/rtnetlink/ai.ts'],
  'conntrack-wire-imports-only-downwards': ['src/conntrack/wire/aj.ts', 'src/conntrack/model/aj.ts'],
  'conntrack-model-imports-only-downwards': ['src/conntrack/model/ak.ts', 'src/conntrack/ak.ts'],
  'ipvs-wire-imports-only-downwards': ['src/ipvs/wire/q.ts', 'src/ipvs/model/q.ts'],
  'ipvs-model-imports-only-downwards': ['src/ipvs/model/r.ts', 'src/ipvs/errors/r.ts'],
  'ipvs-errors-imports-only-downwards': ['src/ipvs/errors/s.ts', 'src/ipvs/client/s.ts'],
  'ipvs-observe-imports-only-downwards': ['src/ipvs/observe/w.ts', 'src/ipvs/client/w.ts'],
  'ipvs-client-imports-only-downwards': ['src/ipvs/client/t.ts', 'src/ipvs/t.ts'],
  'testing-netlink-imports-only-downwards': ['src/testing/netlink/w.ts', 'src/testing/state/w.ts'],
  'testing-sysctl-imports-only-downwards': ['src/testing/sysctl/x.ts', 'src/testing/state/x.ts'],
  'testing-servers-imports-only-downwards': ['src/testing/servers/am.ts', 'src/testing/schedulers/am.ts'],
  'testing-connections-imports-only-downwards': ['src/testing/connections/an.ts', 'src/testing/state/an.ts'],
  'testing-schedulers-imports-only-downwards': ['src/testing/schedulers/ao.ts', 'src/testing/connections/ao.ts'],
  'testing-packets-imports-only-downwards': ['src/testing/packets/ap.ts', 'src/testing/ipvs/ap.ts'],
  'testing-state-imports-only-downwards': ['src/testing/state/y.ts', 'src/testing/proc/y.ts'],
  'testing-proc-imports-only-downwards': ['src/testing/proc/z.ts', 'src/testing/ipvs/z.ts'],
  'testing-ipvs-imports-only-downwards': ['src/testing/ipvs/aa.ts', 'src/testing/proc/aa.ts'],
  'testing-route-imports-only-downwards': ['src/testing/route/ah.ts', 'src/testing/ipvs/ah.ts'],
  'testing-netfilter-imports-only-downwards': ['src/testing/netfilter/al.ts', 'src/testing/route/al.ts'],
  'the-fake-netlink-knows-no-family-but-nlctrl': ['src/testing/netlink/ab.ts', 'src/ipvs/ab.ts'],
  'nobody-imports-the-command': ['src/testing/u.ts', 'src/cli/u.ts'],
  'only-linux-loads-the-native-binding': ['src/netlink/transport/v.ts', 'node_modules/koffi/index.js'],
};

test('npm run check reports a violation of each layer rule', () => {
  for (const [from, to] of Object.values(violations)) {
    const specifier = to.startsWith('node_modules/') ? 'koffi' : relative(dirname(from), to).replace(/^(?!\.)/, './');
    write(from, `import '${specifier}';\n`);
    write(to, from === 'src/errors/a.ts' ? "import './a.ts';\n" : 'export {};\n');
  }
  for (const file of ['tsconfig.json', '.dependency-cruiser.mjs']) copyFileSync(join(root, file), join(folder, file));

  const { rules, reported } = cruise(folder);

  for (const [name, [from, to]] of Object.entries(violations)) expect(reported).toContain(`${name}: ${from} -> ${to}`);
  expect(Object.keys(violations).sort()).toEqual(rules.sort());
});

/** Runs the command of `npm run check` in a folder: the names of its rules, and the violations that it reports. */
function cruise(cwd: string): { rules: string[]; reported: string[] } {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [, words = ''] = / && depcruise ([^&]+)$/.exec(scripts.check) ?? [];
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, ...words.split(' '), '--output-type', 'json'];
  const { summary } = JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' })) as Report;
  return {
    rules: summary.ruleSetUsed.forbidden.map(({ name }) => name),
    reported: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
  };
}

/** What dependency-cruiser prints as JSON, of which this test reads a part. */
interface Report {
  readonly summary: {
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string }[] };
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
    }[];
  };
}

function write(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
