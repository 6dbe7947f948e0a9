import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Config, ConfigError, parseConfig, parseRulesConfig } from '../../src/config/index.ts';
import { InputError, Ipvs } from '../../src/ipvs/index.ts';
import { reconcile } from '../../src/reconcile/index.ts';
import { parseRules } from '../../src/rules/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';

const everything = readFileSync(new URL('everything.yaml', import.meta.url), 'utf8');
const web = 'protocol: tcp, address: 192.0.2.10, port: 80';

/** The one service of a file with this line, and its destinations. */
function entry(line: string, before = '') {
  return parseConfig(`${before}services: [{ ${line} }]`, 'yaml').table[0];
}

describe('a configuration file', () => {
  test('is a table that the kernel takes, a scope, a drain, and pools', async () => {
    const { table, scope, drain, pools } = parseConfig(everything, 'yaml');
    const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
    expect(await reconcile(ipvs, table, { scope, drain })).toMatchObject({ remaining: [] });
    expect((await ipvs.services()).length).toBe(3);
    expect(table.map(({ destinations }) => destinations.length)).toEqual([4, 5, 0]);
    expect(drain).toMatchObject({ deadline: 60, interval: 0.5, templates: false });
    expect(pools).toMatchObject([
      {
        service: { protocol: 'sctp', scheduler: 'rr', persistence: { timeout: 300 } },
        destinations: [
          { address: '10.0.0.5', port: 8080 },
          { address: '10.0.0.6', port: 8080, probes: [expect.any(Function)] },
          { address: '10.0.0.7', port: 8080, probes: [] },
        ],
        fallback: { address: '10.0.0.9', port: 8080, weight: 1 },
        interval: 0.5,
        steady: 60,
        slowStart: 10,
      },
    ]);
    expect(pools[0]?.probes).toHaveLength(5);
    await ipvs.close();
  });

  test('may name a file that keeps the deadlines of drains', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipvs-config-'));
    try {
      const path = join(folder, 'deadlines.json');
      const { drain } = parseConfig(`services: []\ndrain: { deadlines: ${path} }`, 'yaml');
      await drain?.deadlines?.save(new Map([['tcp 192.0.2.10:80', 0]]));
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ 'tcp 192.0.2.10:80': '1970-01-01T00:00:00.000Z' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('says the same in JSON', () => {
    const json = JSON.stringify({ services: [{ fwmark: 7, destinations: ['10.0.0.5:80'] }] });
    expect(parseConfig(`\uFEFF${json}`, 'json')).toEqual({
      table: [{ service: { fwmark: 7 }, destinations: [{ address: '10.0.0.5', port: 80 }] }],
      scope: undefined,
      drain: undefined,
      pools: [],
    } satisfies Config);
    expect(parseConfig(json, 'yaml')).toEqual(parseConfig(json, 'json'));
  });

  test('may use anchors', () => {
    const yaml = `services:\n  - &web { ${web}, destinations: &servers [10.0.0.5] }\n  - { fwmark: 7, destinations: *servers }`;
    expect(parseConfig(yaml, 'yaml').table.map(({ destinations }) => destinations)).toEqual([
      [{ address: '10.0.0.5', port: 80 }],
      [{ address: '10.0.0.5', port: 0 }],
    ]);
  });

  test.each([
    ['10.0.0.5', { address: '10.0.0.5', port: 80 }],
    ['10.0.0.5:8080', { address: '10.0.0.5', port: 8080 }],
    ["'[2001:db8::5]:8080'", { address: '2001:db8::5', port: 8080 }],
    ["'[2001:db8::5]'", { address: '2001:db8::5', port: 80 }],
    ['2001:db8::5:80', { address: '2001:db8::5:80', port: 80 }],
  ])('takes %s for a destination', (text, destination) => {
    const address = destination.address.includes(':') ? '2001:db8::10' : '192.0.2.10';
    const service = `protocol: tcp, address: "${address}", port: 80`;
    expect(entry(`${service}, destinations: [${text}]`)?.destinations).toEqual([destination]);
  });

  test('has defaults: of the destination, then of the service, then of all', () => {
    const all =
      'defaults: { destination: { weight: 2, upperThreshold: 9 }, service: { scheduler: rr, persistence: 1m } }\n';
    const own = `${web}, scheduler: sh, defaults: { weight: 3, port: 81 }, destinations: [10.0.0.5, { address: 10.0.0.6, weight: 4 }]`;
    expect(entry(own, all)).toEqual({
      service: { protocol: 'tcp', address: '192.0.2.10', port: 80, scheduler: 'sh', persistence: { timeout: 60 } },
      destinations: [
        { address: '10.0.0.5', port: 81, weight: 3, upperThreshold: 9 },
        { address: '10.0.0.6', port: 81, weight: 4, upperThreshold: 9 },
      ],
    });
    // A persistence that is switched off leaves no room for the default.
    expect(entry(`${web}, dormantPersistence: 30s`, all)?.service).toMatchObject({
      dormantPersistence: { timeout: 30 },
    });
  });

  test('leaves services with health checks to their pools', () => {
    const health = 'health: { probes: [{ type: tcp }] }';
    const { scope, table, pools } = parseConfig(
      `scope: { ports: [80] }\nservices: [{ ${web}, ${health} }, { ${web.replace('10', '11')} }]`,
      'yaml',
    );
    expect([table.length, pools.length]).toEqual([1, 1]);
    if (typeof scope !== 'function') throw new Error('the scope must be a function');
    const address = { protocol: 'tcp', port: 80 } as const;
    expect(scope({ ...address, address: '192.0.2.10' })).toBe(false);
    expect(scope({ ...address, address: '192.0.2.11' })).toBe(true);
    expect(scope({ ...address, address: '192.0.2.11', port: 81 })).toBe(false);
  });
});

describe('an error in a file', () => {
  test.each([
    ['yaml', '¦', /the file must be an object, got null/],
    ['yaml', 'services: []\n¦port: 1', /port is unknown \(known are /],
    ['yaml', `services:\n  - { ${web}, ¦sheduler: rr }`, /services\[0\]\.sheduler is unknown \(did you mean schedul/],
    ['yaml', 'services:\n  - ¦protocol: tcp\n    address: 192.0.2.10', /services\[0\]\.port is missing/],
    ['yaml', 'services:\n  - fwmark: 7\n    ¦port: 8', /services\[0\]\.port is unknown/],
    ['yaml', `services:\n  - { ${web}, persistence: ¦5 m }`, /persistence must be a duration such as /],
    ['yaml', `services:\n  - { ${web}, destinations: [10.0.0.5, ¦10.0.0.5:80] }`, /destinations\[1\] must not be l/],
    ['yaml', `services:\n  - { ${web}, destinations: [¦10.0.0.5:http] }`, /destinations\[0\]\.address must be an I/],
    ['yaml', `services:\n  - { ${web}, flags: ¦{ sh-port: true } }`, /may only have sh-port with scheduler sh/],
    ['yaml', `services:\n  - &a { ${web} }\n  - ¦*a`, /services\[1\] must not be listed twice/],
    ['yaml', `scope: { ports: [81] }\nservices:\n  - ¦{ ${web} }`, /services\[0\] must be in scope/],
    ['yaml', 'scope: { addresses: [¦192.0.2.0/33] }\nservices: []', /scope\.addresses\[0\] .*0 to 32/],
    ['yaml', 'services: []\ndrain: ¦9999h', /^line 2, column 8: drain\.deadline must be a number from 0 to 2147483/],
    ['yaml', `services:\n  - { ${web}, health: { probes: [{ type: ¦htp }] } }`, /type must be .*did you mean http\?/],
    [
      'yaml',
      `services:\n  - { ${web}, health: { probes: [{ type: http, path: ¦x }] } }`,
      /probes\[0\]\.path must begin/,
    ],
    [
      'yaml',
      `services:\n  - { ${web}, health: { interval: ¦0, probes: [{ type: tcp }] } }`,
      /health\.interval must be/,
    ],
    [
      'yaml',
      `services:\n  - { ${web}, health: { fallback: ¦x, probes: [{ type: tcp }] } }`,
      /health\.fallback\.address/,
    ],
    [
      'yaml',
      `services:\n  - { ${web}, health: { probes: [{ type: http, body: ¦{ pattern: "(" } }] } }`,
      /health\.probes\[0\]\.body must be a regular expression \(.*Unterminated group\)/,
    ],
    [
      'yaml',
      `services:\n  - ${web.replaceAll(', ', '\n    ')}\n    health: { probes: [{ type: tcp }] }\n    destinations: [{ address: 10.0.0.5, probes: [{ type: http, path: ¦x }] }]`,
      /services\[0\]\.destinations\[0\]\.probes\[0\]\.path must begin/,
    ],
    [
      'yaml',
      `services:\n  - { ${web}, destinations: [{ address: 10.0.0.5, probes: ¦[] }] }`,
      /services\[0\]\.destinations\[0\]\.probes needs the health of the service/,
    ],
    [
      'yaml',
      'services: []\ndrain: { interval: ¦0 }',
      /^line 2, column 20: drain\.interval must be a number from 0.001/,
    ],
    ['yaml', 'services: [¦', /must be sufficiently indented and end with a \]/],
    ['yaml', 'services: []\n¦services: []', /Map keys must be unique/],
    ['yaml', 'services: ¦!x []', /Unresolved tag: !x/],
    ['yaml', 'services: ¦*x', /No anchor before the alias x/],
    ['yaml', '¦%YAML 1.1\n---\nservices: []\n<<: 5\n', /Merge sources must be maps/],
    ['yaml', 'services: []\n¦---\n{}', /multiple documents$/],
    ['json', '{"services": [¦}', /Unexpected token '}'$/],
    ['json', '{"services": [¦', /Unexpected end of JSON input$/],
    ['json', '{"services": [],\n "drain": 1,¦}', /^line 2, column 13: Expected double-quoted property name$/],
    ['json', '{"services": [],\n ¦"services": []}', /Map keys must be unique/],
    ['json', '{¦services: []}', /Expected property name or '}'$/],
    ['json', '{"services": [{"fwmark": 7,\n  "family": ¦6}]}', /family must be 'inet' or 'inet6', got 6/],
  ] as const)('in %s is placed at the mark in %j', (format, marked, message) => {
    const before = marked.slice(0, marked.indexOf('¦')).split('\n');
    const error = errorOf(() => parseConfig(marked.replace('¦', ''), format));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({
      code: 'ERR_CONFIG',
      line: before.length,
      column: (before.at(-1) ?? '').length + 1,
    });
  });

  test.each([
    ['\n  -D -f 7', 2, 3, 'only services and their destinations, -A and -a, can be wanted'],
    ['-a -f 7 -r 10.0.0.5:80', 1, 1, 'the service of the destination must come before it'],
    ['-A -f 7\n-A -f 7', 2, 1, 'the service must not be listed twice'],
    ['-A -f 7\n\n -a -f 7 -r 10.0.0.5:80\n -a -f 7 -r 10.0.0.5:80', 4, 2, 'the destination must not be listed twice'],
    ['-A -f 7\n-A -f 9', 2, 1, 'the service must be in scope'],
  ])('in rules, %j, has line %i and column %i', (text, line, column, problem) => {
    const error = errorOf(() => parseRulesConfig(parseRules(text), text, { scope: { marks: [7] } }));
    expect(error).toMatchObject({ code: 'ERR_CONFIG', line, column, problem });
  });

  test('of a scope that is given is not one of the file', () => {
    const scope = { ports: ['x' as '1'] };
    expect(errorOf(() => parseConfig('services: []', 'yaml', { scope }))).toMatchObject({ code: 'ERR_INPUT' });
    expect(errorOf(() => parseRulesConfig([], '', { scope }))).toMatchObject({ code: 'ERR_INPUT' });
    expect(errorOf(() => parseConfig(7 as never, 'yaml'))).toMatchObject({ code: 'ERR_INPUT' });
    expect(errorOf(() => parseConfig('', 'toml' as never))).toMatchObject({ code: 'ERR_INPUT' });
  });

  test('takes any number of aliases of an anchor', () => {
    const service = (port: number, destinations: string) =>
      `  - { protocol: tcp, address: 10.1.0.1, port: ${port}, destinations: ${destinations} }\n`;
    const more = Array.from({ length: 300 }, (_, i) => service(i + 2, '*servers'));
    const { table } = parseConfig(`services:\n${service(1, '&servers [10.0.0.5, 10.0.0.6]')}${more.join('')}`, 'yaml');
    expect(table).toHaveLength(301);
    expect(table.every(({ destinations }) => destinations.length === 2)).toBe(true);
  });

  test('keeps aliases from growing without bounds', () => {
    const bomb = [
      'a: &a [x]',
      ...'bcdefghij'.split('').map((name, i) => {
        const last = 'abcdefghi'[i];
        return `${name}: &${name} [${Array(9).fill(`*${last}`).join(', ')}]`;
      }),
    ].join('\n');
    expect(errorOf(() => parseConfig(bomb, 'yaml'))).toMatchObject({ code: 'ERR_CONFIG', problem: /alias/i });
  });
});

function errorOf(run: () => unknown): InputError {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
