// A program at one end of a connection: `program.mjs ADDRESS...`. At each of the addresses it serves TCP and UDP, and answers with
// the address and port that it was asked at, and the address that it was asked from: `10.244.1.2:8080 < 192.0.2.100`. It carries
// out commands, a line of JSON each: { id, command, ...arguments }, and answers { id, answer }.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const PORTS = { tcp: [53, 443, 8080, 8081, 8443, 9100], udp: [53, 5353] };
/** Milliseconds after which nobody answers. */
const PATIENCE = 20_000;

const place = (address, port) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);
const listeners = new Map();

async function listen(address, port) {
  const server = createServer((socket) => {
    const answer = `${place(address, port)} < ${socket.remoteAddress}\n`;
    socket.on('error', () => {});
    socket.write(answer);
    socket.on('data', () => socket.write(answer)); // for a client that asks again
  });
  listeners.set(place(address, port), server);
  server.listen(port, address);
  await once(server, 'listening');
}

function serveDatagrams(address, port) {
  const server = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  server.on('message', (_, from) => server.send(`${place(address, port)} < ${from.address}`, from.port, from.address));
  server.bind(port, address);
  return once(server, 'listening');
}

/** Connects, and resolves to the socket with the first answer, or the code of an error. */
function open({ address, port, from, patience = PATIENCE }) {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, localAddress: from });
    const timer = setTimeout(() => socket.destroy(Object.assign(new Error(), { code: 'TIMEOUT' })), patience);
    let answer;
    const end = (text) => {
      clearTimeout(timer);
      answer ??= text;
      resolve({ socket, answer });
    };
    socket.once('data', (text) => end(`${text}`.trim()));
    socket.on('error', ({ code }) => end(code));
    socket.on('close', () => end('closed without an answer'));
  });
}

async function ask(question) {
  const { socket, answer } = await open(question);
  socket.destroy();
  return answer;
}

// One socket of each family: a client that goes on from the same port.
const senders = {};
/** A datagram, and its answer. */
async function send({ address, port }) {
  const family = address.includes(':') ? 'udp6' : 'udp4';
  senders[family] ??= createSocket(family).on('error', () => {});
  const sender = senders[family];
  sender.send('?', port, address);
  const late = new AbortController();
  const timeout = { signal: late.signal };
  const answer = await Promise.race([
    once(sender, 'message', timeout).then(([text]) => `${text}`),
    delay(3000, 'TIMEOUT', timeout),
  ]).catch(() => 'TIMEOUT');
  late.abort();
  return answer;
}

const held = new Map();
let isLoading = false;

/** Connections one after the other, by so many at a time and at most `rate` a second, until `finish`. */
async function load({ targets, rate, workers = 16 }) {
  const counts = {};
  const start = performance.now();
  let started = 0;
  isLoading = true;
  const work = async () => {
    while (isLoading) {
      const wait = (started * 1000) / rate - (performance.now() - start);
      started++;
      if (wait > 0) await delay(wait);
      const answer = await ask(targets[started % targets.length]);
      counts[answer] = (counts[answer] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return { counts, seconds: (performance.now() - start) / 1000 };
}

const commands = {
  async ask({ protocol, count, gap = 0, ...question }) {
    const answers = [];
    for (let i = 0; i < count; i++) {
      answers.push(protocol === 'udp' ? await send(question) : ask(question));
      if (gap > 0) await delay(gap);
    }
    return Promise.all(answers);
  },
  /** Opens a connection that stays, and gives its first answer. */
  async hold({ name, ...question }) {
    const { socket, answer } = await open(question);
    held.set(name, socket);
    return answer;
  },
  /** Asks once more over a connection that was held. */
  async say({ name }) {
    const socket = held.get(name);
    if (socket.destroyed) return 'closed';
    socket.write('?');
    const [text] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => ['closed'])]).catch(
      ({ code }) => [code],
    );
    return `${text}`.trim();
  },
  /** Ends a connection that was held by a reset, so that nothing of it lingers. */
  async drop({ name }) {
    held.get(name).resetAndDestroy();
  },
  /** Accepts no more connections at an address and port; those that there are go on. */
  async close({ address, port }) {
    listeners.get(place(address, port)).close();
  },
  load,
  async finish() {
    isLoading = false;
  },
};

for (const address of process.argv.slice(2)) {
  for (const port of PORTS.tcp) await listen(address, port);
  for (const port of PORTS.udp) await serveDatagrams(address, port);
}
console.log(JSON.stringify({ id: 0 }));
for await (const line of createInterface(process.stdin)) {
  const { id, command, ...rest } = JSON.parse(line);
  commands[command](rest).then((answer) => console.log(JSON.stringify({ id, answer })));
}
