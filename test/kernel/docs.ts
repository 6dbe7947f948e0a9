import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { basename } from 'node:path';
import { format } from 'node:util';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Ipvs } from '../../src/ipvs/index.ts';
import { program } from '../support/built.ts';
import { ipvs } from '../support/cli.ts';
import { blocksOf, pages } from '../support/docs/blocks.ts';
import { examples, outputOf } from '../support/docs/examples.ts';
import { enterFreshNamespace } from '../support/linux/namespace.ts';

/** What the README and the guides show of real kernels, and the examples. */
export function docsTests(): void {
  describe('the documents', () => {
    beforeAll(() => void execFileSync('modprobe', ['ip_vs'])); // and IPv6 with it, where it is a module
    beforeEach(enterFreshNamespace);

    const sessions = pages
      .flatMap(blocksOf)
      .filter(({ language, info }) => language === 'console' && info === 'kernel');
    test.each(sessions)('the session at $place goes as it says, twice', async ({ text }) => {
      expect(sessions.length).toBeGreaterThan(0);
      expect(await repeat(text)).toBe(text);
      expect(await repeat(text)).toBe(text);
    });

    test.each(examples)('examples/%s prints what it says', async (name) => {
      if (name === 'connections-by-client.ts') await connectFromClients();
      let printed = '';
      const log = vi.spyOn(console, 'log').mockImplementation((...values) => {
        printed += `${format(...values)}\n`;
      });
      onTestFinished(() => log.mockRestore());
      await import(program(`examples/${basename(name, '.ts')}`));
      expect(printed).toBe(outputOf(name));
    });
  });
}

/** What a terminal shows when the commands of a session are given again. */
async function repeat(text: string): Promise<string> {
  let shown = '';
  for (const [line] of text.matchAll(/^\$ .*/gm)) {
    const command = line.slice(2).replaceAll('sudo ', '');
    const [, words] = /^npx ipvs (.*)/.exec(command) ?? [];
    const { stdout, stderr } = words ? await ipvs(words.split(' ')) : shell(command);
    shown += `${line}\n${stdout}${stderr}`;
  }
  return shown;
}

function shell(command: string): { stdout: string; stderr: string } {
  return { stdout: execFileSync('sh', ['-c', command], { encoding: 'utf8' }), stderr: '' };
}

/** Three connections through IPVS that last, and one that is being closed, of the clients in the example. */
async function connectFromClients(): Promise<void> {
  const web = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
  await using opened = await Ipvs.open();
  await opened.addService(web);
  await opened.addDestination(web, { address: '192.0.2.1', port: 8080 });
  const server = createServer((socket) => void socket.on('error', () => {}).resume());
  server.listen(8080, '192.0.2.1');
  await once(server, 'listening');
  const clients = await Promise.all(
    ['127.0.0.2', '127.0.0.2', '127.0.0.3', '127.0.0.3'].map(async (localAddress) => {
      const client = connect({ host: web.address, port: web.port, localAddress });
      await once(client, 'connect');
      return client;
    }),
  );
  onTestFinished(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  clients.at(-1)?.end();
  const established = async () => {
    let count = 0;
    for await (const _ of opened.connections({ state: 'ESTABLISHED' })) count++;
    return count;
  };
  await vi.waitFor(async () => expect(await established()).toBe(3), { timeout: 30_000, interval: 50 });
}
