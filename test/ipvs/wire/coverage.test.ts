import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Ipvs } from '../../../src/ipvs/index.ts';
import { commands } from '../../../src/ipvs/wire/commands.ts';
import { versions } from '../../bed/kernels/kernels.ts';
import { attributeNames, type KernelNames } from '../../support/ipvs/kernel-names.ts';

/** The methods that send each command, and a contract case that does. */
const byCommand: Record<keyof typeof commands, [methods: (keyof Ipvs & string)[], reachedBy: string]> = {
  newService: [['addService'], 'a service with defaults'],
  setService: [['updateService', 'patchService'], 'an update replaces everything but the destinations'],
  delService: [['removeService'], 'removed services are gone'],
  getService: [['services', 'service', 'table'], 'a service with defaults'],
  newDest: [['addDestination'], 'a destination with defaults'],
  setDest: [['updateDestination', 'patchDestination'], 'a destination update replaces everything'],
  delDest: [['removeDestination'], 'a destination is known by address and port'],
  getDest: [['destinations', 'table'], 'a destination with defaults'],
  newDaemon: [['startDaemon'], 'sync daemons with everything set'],
  delDaemon: [['stopDaemon'], 'sync daemons with their defaults'],
  getDaemon: [['daemons'], 'sync daemons with everything set'],
  setConfig: [['setTimeouts'], 'timeouts, of which what is left out stays'],
  getConfig: [['timeouts'], 'timeouts, of which what is left out stays'],
  getInfo: [['info'], 'the version and the connection table'],
  zero: [['zero'], 'counters set to zero'],
  flush: [['flush'], 'removed services are gone'],
};

const protocols = 'every protocol and family';
const flags = 'flags by the name their scheduler has for them';
const persistence = 'persistence with mask, prefix and engine';
const ways = 'every way of forwarding, the newest first';
const ranges = 'weights and thresholds over their whole range';
const everything = 'sync daemons with everything set';
const defaults = 'a destination with defaults';
const timeouts = 'timeouts, of which what is left out stays';
const traffic = 'is counted, and zeroed';

/** The public field that carries each row of the tables, and a test that reaches it. */
const byRow: Record<string, Record<string, [field: string, reachedBy: string]>> = {
  command: {
    service: ['`Service`, `ServiceSpec`', protocols],
    destination: ['`Destination`, `DestinationSpec`', defaults],
    daemon: ['`Daemon`, `DaemonSpec`', everything],
    tcp: ['`timeouts.tcp`', timeouts],
    tcpFin: ['`timeouts.tcpFin`', timeouts],
    udp: ['`timeouts.udp`', timeouts],
  },
  service: {
    family: ['`service.family` of a firewall mark, else the form of `service.address`', protocols],
    protocol: ['`service.protocol`', protocols],
    address: ['`service.address`', protocols],
    port: ['`service.port`', protocols],
    fwmark: ['`service.fwmark`', 'firewall marks of both families over the whole range'],
    scheduler: ['`service.scheduler`', 'every scheduler'],
    flags: ['`service.flags`, and whether there is a `service.persistence`', flags],
    timeout: ['`service.persistence.timeout`', persistence],
    netmask: ['`service.persistence.netmask`, `service.persistence.prefixLength`', persistence],
    statistics32: ['`service.statistics` before Linux 4.1, which had no STATS64', traffic],
    engine: ['`service.persistence.engine`', persistence],
    statistics: ['`service.statistics`', traffic],
  },
  destination: {
    address: ['`destination.address`', defaults],
    port: ['`destination.port`', defaults],
    forwarding: ['`destination.forwarding`', ways],
    weight: ['`destination.weight`', ranges],
    upperThreshold: ['`destination.upperThreshold`', ranges],
    lowerThreshold: ['`destination.lowerThreshold`', ranges],
    activeConnections: ['`destination.activeConnections`', traffic],
    inactiveConnections: ['`destination.inactiveConnections`', traffic],
    persistentConnections: ['`destination.persistentConnections`', defaults],
    statistics32: ['`destination.statistics` before Linux 4.1, which had no STATS64', traffic],
    family: ['the form of `destination.address`', 'both families, and each behind the other through a tunnel'],
    statistics: ['`destination.statistics`', traffic],
    tunnelType: ['`destination.forwarding.tunnel`', ways],
    tunnelPort: ['`destination.forwarding.port`', ways],
    tunnelChecksum: ['`destination.forwarding.checksum`', ways],
  },
  daemon: {
    state: ['`daemon.state`', everything],
    interface: ['`daemon.interface`', everything],
    syncId: ['`daemon.syncId`', everything],
    maxLength: ['`daemon.maxLength`', everything],
    group4: ['`daemon.group`', everything],
    group6: ['`daemon.group`', everything],
    port: ['`daemon.port`', everything],
    ttl: ['`daemon.ttl`', everything],
  },
  statistics64: {
    connections: ['`statistics.connections`', traffic],
    incomingPackets: ['`statistics.incomingPackets`', traffic],
    outgoingPackets: ['`statistics.outgoingPackets`', traffic],
    incomingBytes: ['`statistics.incomingBytes`', traffic],
    outgoingBytes: ['`statistics.outgoingBytes`', traffic],
    connectionsPerSecond: ['`statistics.connectionsPerSecond`', traffic],
    incomingPacketsPerSecond: ['`statistics.incomingPacketsPerSecond`', traffic],
    outgoingPacketsPerSecond: ['`statistics.outgoingPacketsPerSecond`', traffic],
    incomingBytesPerSecond: ['`statistics.incomingBytesPerSecond`', traffic],
    outgoingBytesPerSecond: ['`statistics.outgoingBytesPerSecond`', traffic],
    padding: ['none: alignment on some architectures', 'bring values back as they were, in both byte orders'],
  },
  info: {
    version: ['`info.version`', 'the version and the connection table'],
    connectionTableSize: ['`info.connectionTableSize`', 'the version and the connection table'],
  },
};

test('docs/coverage.md is every command and attribute of the kernel, and where each is reached', async () => {
  const commandRows = Object.entries(byCommand).map(([key, [methods, reachedBy]]) => {
    const { name, command } = commands[key as keyof typeof commands];
    return `| ${name} | ${command} | ${methods.map((method) => `\`${method}\``).join(', ')} | ${reachedBy} |`;
  });
  const attributeRows = Object.entries(byRow).flatMap(([name, fields]) => {
    const { prefix, rows, names } = namesOf(name);
    return Object.entries(fields).map(
      ([key, [field, reachedBy]]) => `| ${prefix}${names[key]} | ${rows[key]?.number} | ${field} | ${reachedBy} |`,
    );
  });
  const text = `# Coverage

Every command and attribute of include/uapi/linux/ip_vs.h, what carries it, and a test that reaches it on real kernels
(Linux ${versions.join(', ')}). IPVS_CMD_SET_INFO (14) is only the reply to GET_INFO. Written by \`npm test -- -u\`.

| command | number | method | reached by |
|---|---|---|---|
${commandRows.join('\n')}

| attribute | number | field | reached by |
|---|---|---|---|
${attributeRows.join('\n')}
`;
  await expect(text).toMatchFileSnapshot('../../../docs/coverage.md');
});

test('nothing is left out', () => {
  for (const [name, fields] of Object.entries(byRow))
    expect([name, Object.keys(fields)]).toEqual([name, Object.keys(namesOf(name).rows)]);
  for (const [methods] of Object.values(byCommand))
    for (const method of methods) expect(Ipvs.prototype).toHaveProperty(method);
});

test('every test that is named exists', () => {
  const folders = ['../../contract', '../../kernel', '../../netlink'].map(
    (folder) => new URL(`${folder}/`, import.meta.url),
  );
  const sources = folders
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.ts'))
        .map((file) => readFileSync(new URL(file, folder), 'utf8')),
    )
    .join('\n');
  const named = [...Object.values(byCommand), ...Object.values(byRow).flatMap((fields) => Object.values(fields))];
  for (const [, reachedBy] of named) expect(sources).toContain(`'${reachedBy}'`);
});

function namesOf(table: string): KernelNames {
  const names = attributeNames[table];
  if (!names) throw new Error(`the kernel's names for ${table} are missing`);
  return names;
}
