import {
  command,
  daemon,
  destination,
  ip_vs_flags,
  service,
  statistics32,
  statistics64,
} from '../../ipvs/wire/tables.ts';
import { be16, bytes, type Row, structOf, text, u8, u16, u32, u64, type WriteBuffer } from '../../netlink/index.ts';
import { nest, put } from '../netlink/reply.ts';
import type { Estimator } from '../servers/estimator.ts';
import type { RealServer } from '../servers/real-server.ts';
import type { SyncDaemon } from '../state/sync-daemon.ts';
import { HZ, type VirtualService } from '../state/virtual-service.ts';

const flags = structOf(ip_vs_flags);

/** A service, its attributes in the kernel's order (ip_vs_ctl.c, ip_vs_genl_fill_service). */
export function fillService(to: WriteBuffer, current: VirtualService): void {
  const { identity } = current;
  const { rows } = service;
  nest(to, command.rows.service, () => {
    put(to, rows.family, u16, identity.family);
    if (identity.fwmark) put(to, rows.fwmark, u32, identity.fwmark);
    else {
      put(to, rows.protocol, u16, identity.protocol);
      put(to, rows.address, bytes, identity.address);
      put(to, rows.port, be16, identity.port);
    }
    put(to, rows.scheduler, text(15), current.scheduler);
    if (current.engine) put(to, rows.engine, text(16), current.engine);
    put(to, rows.flags, flags, { flags: current.flags, mask: 0xffffffff });
    put(to, rows.timeout, u32, Math.floor(current.timeout / HZ));
    put(to, rows.netmask, u32, current.netmask);
    fillStatistics(to, rows, current.estimator);
  });
}

/** A destination (ip_vs_ctl.c, ip_vs_genl_fill_dest). */
export function fillDestination(to: WriteBuffer, current: RealServer): void {
  const { identity, setup } = current;
  const { rows } = destination;
  nest(to, command.rows.destination, () => {
    put(to, rows.address, bytes, identity.address);
    put(to, rows.port, be16, identity.port);
    put(to, rows.forwarding, u32, setup.forwarding);
    put(to, rows.weight, u32, setup.weight);
    put(to, rows.tunnelType, u8, setup.tunnelType);
    put(to, rows.tunnelPort, be16, setup.tunnelPort);
    put(to, rows.tunnelChecksum, u16, setup.tunnelFlags);
    put(to, rows.upperThreshold, u32, setup.upperThreshold);
    put(to, rows.lowerThreshold, u32, setup.lowerThreshold);
    put(to, rows.activeConnections, u32, current.active);
    put(to, rows.inactiveConnections, u32, current.inactive);
    put(to, rows.persistentConnections, u32, current.persistent);
    put(to, rows.family, u16, identity.family);
    fillStatistics(to, rows, current.estimator);
  });
}

/** A sync daemon (ip_vs_ctl.c, ip_vs_genl_fill_daemon). */
export function fillDaemon(to: WriteBuffer, { group, ...current }: SyncDaemon): void {
  const { rows } = daemon;
  nest(to, command.rows.daemon, () => {
    put(to, rows.state, u32, current.state);
    put(to, rows.interface, text(15), current.interface);
    put(to, rows.syncId, u32, current.syncId);
    put(to, rows.maxLength, u16, current.maxLength);
    put(to, rows.port, u16, current.port);
    put(to, rows.ttl, u8, current.ttl);
    put(to, group.length === 16 ? rows.group6 : rows.group4, bytes, group);
  });
}

/** The same numbers twice; the first form has 64 bits only for bytes (ip_vs_ctl.c, ip_vs_genl_fill_stats). */
function fillStatistics(to: WriteBuffer, rows: { statistics32: Row; statistics: Row }, estimator: Estimator): void {
  const report = estimator.report();
  const fill = (attributes: Row[], wide: (row: Row) => boolean) =>
    report.forEach((value, i) => {
      const row = attributes[i];
      if (row && wide(row)) put(to, row, u64, BigInt.asUintN(64, value));
      else if (row) put(to, row, u32, Number(BigInt.asUintN(32, value)));
    });
  nest(to, rows.statistics32, () => fill(Object.values(statistics32.rows), ({ codec }) => codec === u64));
  nest(to, rows.statistics, () => fill(Object.values(statistics64.rows), () => true));
}
