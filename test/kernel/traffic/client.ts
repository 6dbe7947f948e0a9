import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { inNamespace } from '../../support/linux/namespace.ts';
import { addresses } from './network.ts';
import { type Listening, sctp } from './servers.ts';

/** How long an answer may take, in milliseconds: an emulated machine needs a while for hundreds at once. */
const PATIENCE = 15_000;

const clientOf = (address: string) => addresses[address.includes(':') ? 'inet6' : 'inet'].client;

/** Asks all servers at once, from the client; who answered each, or why nobody did. */
export async function ask(all: readonly Listening[]): Promise<string[]> {
  // One program for all that speak SCTP: its answers come in any order.
  const overSctp = askSctp(all.filter(({ protocol }) => protocol === 'sctp'));
  const answers = await inNamespace('client', () =>
    Promise.all(
      all.map((each) => {
        if (each.protocol === 'sctp') return '';
        return each.protocol === 'tcp' ? askTcp(each) : askUdp(each);
      }),
    ),
  );
  const later = await overSctp;
  return all.map((each, i) => {
    if (each.protocol !== 'sctp') return answers[i] as string;
    return later.get(`${each.address} ${each.port}`)?.shift() ?? 'no answer';
  });
}

async function askTcp({ address, port }: Listening): Promise<string> {
  const socket = connect({ host: address, port, localAddress: clientOf(address) });
  const signal = AbortSignal.timeout(PATIENCE);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  try {
    await once(socket, 'end', { signal });
    return text || 'no answer';
  } catch (error) {
    return signal.aborted ? 'no answer' : String((error as NodeJS.ErrnoException).code);
  } finally {
    socket.on('error', () => {}).destroy();
  }
}

async function askUdp({ address, port }: Listening): Promise<string> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    socket.bind(0, clientOf(address));
    await once(socket, 'listening');
    socket.connect(port, address);
    await once(socket, 'connect');
    socket.send('who are you?');
    const [answer] = await once(socket, 'message', { signal });
    return `${answer}`;
  } catch (error) {
    return signal.aborted ? 'no answer' : String((error as NodeJS.ErrnoException).code);
  } finally {
    socket.close();
  }
}

async function askSctp(all: readonly Listening[]): Promise<Map<string, string[]>> {
  const answers = new Map<string, string[]>();
  if (all.length === 0) return answers;
  const words = all.flatMap(({ address, port }) => [clientOf(address), address, `${port}`]);
  const { stdout } = await promisify(execFile)('ip', ['netns', 'exec', 'client', 'python3', sctp, 'ask', ...words]);
  for (const line of stdout.trim().split('\n')) {
    const [, key = '', answer = ''] = /^(\S+ \S+) (.*)$/.exec(line) ?? [];
    answers.set(key, [...(answers.get(key) ?? []), answer]);
  }
  return answers;
}
