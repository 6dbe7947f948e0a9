import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { kernelTransport, RawFamily, Socket } from '../../src/netlink/index.ts';
import { commands } from '../../src/rtnetlink/wire/commands.ts';

const RTM_NEWLINK = 16;
const { getLink } = commands;

test('a socket of the route protocol lists the interfaces of this machine', async () => {
  const socket = new Socket(await kernelTransport({ protocol: 'route' }));
  try {
    const route = new RawFamily(socket);
    const [links, again] = await Promise.all([route.dump(getLink), route.dump(getLink)]);
    expect(getLink.replyType).toBe(RTM_NEWLINK);
    expect(links.map(({ attributes: { name } }) => name)).toEqual(again.map(({ attributes: { name } }) => name));
    expect(links.find(({ attributes: { name } }) => name === 'lo')?.header.ifi_index).toBe(1);
    const names = links.map(({ attributes: { name } }) => name);
    for (const name of Object.keys(networkInterfaces())) expect(names).toContain(name);
  } finally {
    await socket.close();
  }
});

test('a refused request keeps the errno of the kernel', async () => {
  const socket = new Socket(await kernelTransport({ protocol: 'route' }));
  try {
    const absent = new RawFamily(socket).request(getLink, { header: { ifi_index: 2_000_000_000 } });
    await expect(absent).rejects.toMatchObject({ code: 'ENODEV', request: 'RTM_GETLINK' });
  } finally {
    await socket.close();
  }
});
