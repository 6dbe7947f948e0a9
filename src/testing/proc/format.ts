import { AF_INET6 } from '../servers/address.ts';

/** An address as the files of /proc have it: eight hexadecimal digits, or eight groups of four (`%08X`, `%pI6`). */
export function hexAddress(family: number, address: Buffer): string {
  if (family !== AF_INET6) return hex(address.readUInt32BE(), 8);
  return address.toString('hex').replaceAll(/.{4}(?!$)/g, '$&:');
}

/** A number in upper-case hexadecimal digits, zeros before it (`%08X`). */
export function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

/** The kernel's name of a protocol (ip_vs_core.c, ip_vs_proto_name). */
export function protocolName(protocol: number): string {
  return names[protocol] ?? `IP_${protocol}`;
}

const names: Readonly<Record<number, string>> = { 0: 'IP', 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6', 132: 'SCTP' };
