import type { RealServer } from '../../servers/real-server.ts';

/** True if a destination has too many active connections while another has few (ip_vs_lblc.c, is_overloaded). */
export function hasIdlerPeer({ active, setup }: RealServer, destinations: readonly RealServer[]): boolean {
  return active > setup.weight && destinations.some((other) => other.active * 2 < other.setup.weight);
}
