import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { plan } from 'ipvs/reconcile';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { run } from '../../src/cli/run.ts';
import { ApiServer } from '../api-server/api-server.ts';
import { kubeconfigFor } from '../support/kubeconfig.ts';

/** Runs the command in the folder of the files, so that messages have their names alone. */
async function cli(args: string[], stdin = ''): Promise<{ status: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const before = process.cwd();
  process.chdir(join(import.meta.dirname, 'files'));
  try {
    const status = await run(args, {
      stdout: { write: (more) => (stdout += more) },
      stderr: { write: (more) => (stderr += more) },
      readStdin: async () => stdin,
    });
    return { status, stdout, stderr };
  } finally {
    process.chdir(before);
  }
}

const files = ['--from', 'shop.yaml', 'slices.json', 'nodes.yaml'];
const golden = (name: string) => join(import.meta.dirname, 'golden', name);

/** Creates an object at the API server for tests, if that knows its kind. */
function createIn(server: ApiServer, { kind, metadata, ...rest }: { kind: string; metadata: { name: string } }): void {
  if (kind === 'Node') server.create('nodes', { metadata, ...rest });
  const plural = { Service: 'services', EndpointSlice: 'endpointslices' }[kind];
  if (plural) server.create(plural, { metadata: { namespace: 'default', ...metadata }, ...rest });
}

describe('ipvs-kubernetes plan', () => {
  it('prints what a node would be given', async () => {
    const { status, stdout, stderr } = await cli(['plan', ...files, '--node', 'n1', '--services', 'all']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot(golden('n1.txt'));
  });

  it('prints it for another node, by flags', async () => {
    const facts = ['--node', 'n2', '--address', '192.0.2.12,127.0.0.1', '--pod-cidr', '10.244.2.0/24'];
    const options = ['--services', 'all', '--local-fallback', 'fwmark', '--scheduler', 'mh'];
    const { status, stdout } = await cli(['plan', ...files, ...facts, ...options]);
    expect(status).toBe(0);
    await expect(stdout).toMatchFileSnapshot(golden('n2.txt'));
  });

  it('prints JSON whose entries ipvs takes', async () => {
    const { status, stdout } = await cli(['plan', ...files, '--node', 'n1', '--services', 'all', '--json']);
    expect(status).toBe(0);
    await expect(stdout).toMatchFileSnapshot(golden('n1.json.txt'));
    const { services } = JSON.parse(stdout) as { services: { service: never; destinations: never }[] };
    const entries = services.map(({ service, destinations }) => ({ service, destinations }));
    expect(plan([], entries)).toHaveLength(entries.length + entries.flatMap((each) => each.destinations).length);
  });

  it('serves labelled Services alone unless told otherwise, and says so', async () => {
    const { status, stdout, stderr } = await cli(['plan', ...files, '--node', 'n1']);
    expect(status).toBe(0);
    expect(stdout).toContain('0 virtual services, 0 destinations, 0 addresses, 0 problems');
    expect(stderr).toBe(
      'ipvs-kubernetes: no Service has the label service.kubernetes.io/service-proxy-name: ipvs; --services all serves those without it too\n',
    );
  });

  it('prints of a cluster what it prints of files with its objects', async () => {
    await using server = await ApiServer.start();
    const texts = await Promise.all(
      ['shop.yaml', 'slices.json', 'nodes.yaml'].map((name) =>
        readFile(join(import.meta.dirname, 'files', name), 'utf8'),
      ),
    );
    for (const document of texts.flatMap((each) => parseAllDocuments(each))) {
      const { items, ...object } = document.toJS();
      for (const each of items ?? [object]) createIn(server, each);
    }
    const items = ['services', 'endpointslices', 'nodes'].flatMap((plural) => server.list(plural));
    const kubeconfig = join(await mkdtemp(join(tmpdir(), 'ipvs-plan-')), 'kubeconfig');
    await writeFile(kubeconfig, JSON.stringify(kubeconfigFor(server.url)));
    const words = ['--node', 'n1', '--services', 'all', '--json'];
    const [ofCluster, ofFiles] = [
      await cli(['plan', '--kubeconfig', kubeconfig, ...words]),
      await cli(['plan', '--from', '-', ...words], JSON.stringify({ kind: 'List', items })),
    ];
    expect(ofCluster).toMatchObject({ status: 0, stderr: '' });
    const { problems, ...plan } = JSON.parse(ofCluster.stdout);
    const { problems: placed, ...expected } = JSON.parse(ofFiles.stdout);
    expect(plan).toEqual(expected);
    expect(problems).toHaveLength(placed.length);
    expect(plan.services.length).toBeGreaterThan(3);
    await server.stop();
    const away = await cli(['plan', '--kubeconfig', kubeconfig, ...words]);
    expect(away).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('ECONNREFUSED') });
  });

  it('takes the name of the only Node, and the standard input', async () => {
    const nodeAlone = 'apiVersion: v1\nkind: Node\nmetadata: { name: n9 }\n';
    const { stdout } = await cli(['plan', '--from', '-', 'shop.yaml', '--services', 'all'], nodeAlone);
    expect(stdout).toMatch(/^Node n9, node ports at none\n/);
  });

  it('says that there are no Services', async () => {
    const { status, stderr } = await cli(['plan', '--from', 'slices.json', 'nodes.yaml', '--node', 'n1']);
    expect(status).toBe(0);
    expect(stderr).toBe('ipvs-kubernetes: there is no Service (objects of other kinds: 0)\n');
  });

  it('tells the default scheduler from those that the kernel lacks', async () => {
    const args = ['plan', ...files, '--node', 'n1', '--services', 'all', '--schedulers', 'rr,wrr'];
    const { stdout } = await cli(args);
    expect(stdout).toContain(
      `shop.yaml:9:32: Service prod/shop: metadata.annotations["ipvs.kubernetes/scheduler"] must be a scheduler of the kernel, so rr is used, got 'lc'`,
    );
    const { status, stderr } = await cli([...args, '--scheduler', 'sh']);
    expect(status).toBe(1);
    expect(stderr).toBe("ipvs-kubernetes: scheduler must be one of the kernel's: rr, wrr, got 'sh'\n");
  });
});

it('runs as a program, whose output may be cut short', async () => {
  const main = join(import.meta.dirname, '../../src/cli/main.ts');
  const child = spawn(process.execPath, [main, 'plan', '--from', '-', '--node', 'n1'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  child.stdin.end('apiVersion: v1\nkind: Service\nmetadata: { name: a }\n');
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ code, stderr: stderr.replace(/.*no Service has the label.*\n/, '') }).toEqual({ code: 0, stderr: '' });
});

describe('mistakes', () => {
  const of = async (text: string, ...args: string[]) => {
    const name = join(await mkdtemp(join(tmpdir(), 'plan-')), 'x.yaml');
    await writeFile(name, text);
    const result = await cli(['plan', '--from', name, '--services', 'all', ...args]);
    const own = (output: string) => output.replaceAll(name, 'x.yaml');
    return { ...result, stdout: own(result.stdout), stderr: own(result.stderr) };
  };

  it.each([
    [
      'apiVersion: v1\nkind: [',
      'x.yaml:2:8: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a: 1\n---\nb: *nowhere\n', 'x.yaml:3:1: Unresolved alias (the anchor must be set before the alias): nowhere'],
  ])('of %j is told with its place', async (text, message) => {
    const { status, stdout, stderr } = await of(text, '--node', 'n1');
    expect(stdout).toBe('');
    expect({ status, stderr }).toEqual({ status: 1, stderr: `ipvs-kubernetes: ${message}\n` });
  });

  it('of a field are told with their place, in lists too', async () => {
    const item =
      '  - apiVersion: v1\n    kind: Service\n    metadata: { name: NAME }\n    spec:\n      ports:\n        - port: 70000\n';
    const text = `apiVersion: v1\nkind: List\nitems:\n${item.replace('NAME', 'a')}${item.replace('NAME', '""')}`;
    const { stdout } = await of(text.replaceAll('    spec:', '    spec:\n      clusterIP: 10.96.0.1'), '--node', 'n1');
    expect(stdout.split('\n').filter((line) => line.includes('x.yaml'))).toEqual([
      '  x.yaml:10:17: Service default/a: spec.ports[0].port must be an integer from 1 to 65535, got 70000',
      "  x.yaml:13:23: Service : metadata.name must not be empty, got ''",
    ]);
  });

  it('of names do not reach a terminal as control characters', async () => {
    const text =
      'apiVersion: v1\nkind: Service\nmetadata: { name: "a\\u001b[31m" }\nspec: { clusterIP: 10.96.0.1, ports: [{ port: 80 }] }\n';
    const { stdout } = await of(text, '--node', 'n1');
    expect(stdout).toContain('default/a\\x1b[31m');
    expect(stdout).not.toContain('\u001b');
  });

  it.each([
    [['plan', '--from', 'missing.yaml', '--node', 'n1'], 1, 'cannot read missing.yaml: ENOENT'],
    [['plan', '--from', 'nodes.yaml'], 1, '--node must name the node, one of n1, n2'],
    [['plan', '--from', 'shop.yaml'], 1, '--node must name the node, since there is no Node'],
    [['plan', ...files, '--node', 'n1', '--address', 'x'], 1, "node.addresses[0] must be an address, got 'x'"],
    [
      ['plan', ...files, '--node', 'n1', '--node-port-addresses', 'x'],
      1,
      "nodePortAddresses[0] must be a network such as 192.0.2.0/24, got 'x'",
    ],
    [['plan', ...files, '--node', 'n1', '--local-fallback', 'x'], 2, 'Allowed choices are drop, cluster, fwmark'],
    [['plan', 'more', ...files], 2, 'too many arguments'],
    [['plan', ...files, '--server', 'https://192.0.2.1'], 2, "option '--from <file...>' cannot be used with"],
    [['plan', '--node', 'n1', '--kubeconfig', 'missing'], 1, 'missing'],
    [['plan', ...files, '--form', 'x'], 2, "unknown option '--form'"],
    [['pan'], 2, "unknown command 'pan'"],
  ])('%j is refused', async (args, status, message) => {
    const result = await cli(args);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(message);
  });

  it('--help is none', async () => {
    const { status, stdout, stderr } = await cli(['plan', '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot(golden('help.txt'));
  });
});
