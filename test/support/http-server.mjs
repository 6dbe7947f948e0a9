// A web server on several addresses, `PORT ADDRESS...`, each of which answers as its parent has said last: `{ address, status,
// delay }`, the delay in milliseconds. Plain JavaScript, which an emulated machine starts sooner.
import { once } from 'node:events';
import { createServer } from 'node:http';

const [port, ...addresses] = process.argv.slice(2);
const manners = new Map();

process.on('message', ({ address, ...manner }) => manners.set(address, manner));
process.on('disconnect', () => process.exit());

for (const address of addresses) {
  const server = createServer((_, response) => {
    const { status = 200, delay = 0 } = manners.get(address) ?? {};
    setTimeout(() => response.writeHead(status).end('well\n'), delay);
  });
  await once(server.listen(Number(port), address), 'listening');
}
process.send('listening');
