// A program at one end of a connection: `peer.mjs NAME`. It serves TCP 8080 and UDP 5353, where it answers with its name and the
// address that it was asked from, and carries out commands, a line of JSON each: { id, protocol, address, port, count, gap }.
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const [name] = process.argv.slice(2);
const plain = (address) => address.replace(/^::ffff:/, '');

createServer((socket) => {
  socket.on('error', () => {});
  socket.end(`${name} ${plain(socket.remoteAddress)}`);
}).listen(8080, () => console.log(JSON.stringify({ ready: true })));
const server = createSocket({ type: 'udp6', ipv6Only: false });
server.on('message', (_, { address, port }) => server.send(`${name} ${plain(address)}`, port, address));
server.bind(5353);

/** What a connection was answered, or the code of the error. */
function ask(address, port) {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host: address, port });
    const timer = setTimeout(() => socket.destroy(Object.assign(new Error(), { code: 'TIMEOUT' })), 20_000);
    const end = (answer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    socket.on('data', (piece) => (text += piece));
    socket.on('error', ({ code }) => end(code));
    socket.on('close', () => end(text));
  });
}

const sender = createSocket('udp4');
let answer = () => {};
sender.on('message', (text) => answer(`${text}`));

/** One datagram, from the same socket each time. */
function send(address, port) {
  return new Promise((resolve) => {
    answer = resolve;
    sender.send('?', port, address);
    setTimeout(resolve, 3000, 'TIMEOUT');
  });
}

for await (const line of createInterface(process.stdin)) {
  const { id, protocol = 'tcp', address, port, count = 1, gap = 0 } = JSON.parse(line);
  const asked = [];
  for (let i = 0; i < count; i++) {
    asked.push(protocol === 'tcp' ? ask(address, port) : await send(address, port));
    if (gap > 0) await delay(gap);
  }
  Promise.all(asked).then((answers) => console.log(JSON.stringify({ id, answers })));
}
