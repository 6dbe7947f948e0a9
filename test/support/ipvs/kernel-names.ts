import * as tables from '../../../src/ipvs/wire/tables.ts';
import type { Rows } from '../../../src/netlink/index.ts';

/** A table in the kernel's words: the prefix of its names, and the rest of the name of each row. */
export interface KernelNames {
  readonly rows: Rows;
  readonly prefix: string;
  readonly names: Readonly<Record<string, string>>;
}

const statistics = {
  prefix: 'IPVS_STATS_ATTR_',
  names: {
    connections: 'CONNS',
    incomingPackets: 'INPKTS',
    outgoingPackets: 'OUTPKTS',
    incomingBytes: 'INBYTES',
    outgoingBytes: 'OUTBYTES',
    connectionsPerSecond: 'CPS',
    incomingPacketsPerSecond: 'INPPS',
    outgoingPacketsPerSecond: 'OUTPPS',
    incomingBytesPerSecond: 'INBPS',
    outgoingBytesPerSecond: 'OUTBPS',
    padding: 'PAD',
  },
};

/** The kernel's name of every row, by table (include/uapi/linux/ip_vs.h). */
export const attributeNames: Readonly<Record<string, KernelNames>> = {
  command: {
    rows: tables.command.rows,
    prefix: 'IPVS_CMD_ATTR_',
    names: {
      service: 'SERVICE',
      destination: 'DEST',
      daemon: 'DAEMON',
      tcp: 'TIMEOUT_TCP',
      tcpFin: 'TIMEOUT_TCP_FIN',
      udp: 'TIMEOUT_UDP',
    },
  },
  service: {
    rows: tables.service.rows,
    prefix: 'IPVS_SVC_ATTR_',
    names: {
      family: 'AF',
      protocol: 'PROTOCOL',
      address: 'ADDR',
      port: 'PORT',
      fwmark: 'FWMARK',
      scheduler: 'SCHED_NAME',
      flags: 'FLAGS',
      timeout: 'TIMEOUT',
      netmask: 'NETMASK',
      statistics32: 'STATS',
      engine: 'PE_NAME',
      statistics: 'STATS64',
    },
  },
  destination: {
    rows: tables.destination.rows,
    prefix: 'IPVS_DEST_ATTR_',
    names: {
      address: 'ADDR',
      port: 'PORT',
      forwarding: 'FWD_METHOD',
      weight: 'WEIGHT',
      upperThreshold: 'U_THRESH',
      lowerThreshold: 'L_THRESH',
      activeConnections: 'ACTIVE_CONNS',
      inactiveConnections: 'INACT_CONNS',
      persistentConnections: 'PERSIST_CONNS',
      statistics32: 'STATS',
      family: 'ADDR_FAMILY',
      statistics: 'STATS64',
      tunnelType: 'TUN_TYPE',
      tunnelPort: 'TUN_PORT',
      tunnelChecksum: 'TUN_FLAGS',
    },
  },
  daemon: {
    rows: tables.daemon.rows,
    prefix: 'IPVS_DAEMON_ATTR_',
    names: {
      state: 'STATE',
      interface: 'MCAST_IFN',
      syncId: 'SYNC_ID',
      maxLength: 'SYNC_MAXLEN',
      group4: 'MCAST_GROUP',
      group6: 'MCAST_GROUP6',
      port: 'MCAST_PORT',
      ttl: 'MCAST_TTL',
    },
  },
  info: {
    rows: tables.info.rows,
    prefix: 'IPVS_INFO_ATTR_',
    names: { version: 'VERSION', connectionTableSize: 'CONN_TAB_SIZE' },
  },
  statistics32: { rows: tables.statistics32.rows, ...statistics },
  statistics64: { rows: tables.statistics64.rows, ...statistics },
};
