import { describe, expect, test } from 'vitest';
import type { Libc } from '../../src/linux/libc.ts';
import { DatagramPair } from '../../src/netlink/transport/datagram-pair.ts';

/** A C library whose socket has these datagrams waiting; `calls` counts how often it was asked. */
function libcWith(waiting: Uint8Array[]) {
  const state = { calls: 0, freed: false };
  const lengths: number[] = [];
  let into: readonly Uint8Array[] = [];
  const libc = {
    messageHeaders(buffers: readonly Uint8Array[]) {
      into = buffers;
      return { memory: 1n, lengthOf: (i: number) => lengths[i] ?? 0, free: () => (state.freed = true) };
    },
    recvmmsg(_fd: number, _headers: bigint, count: number) {
      state.calls++;
      const taken = waiting.splice(0, count);
      taken.forEach((datagram, i) => {
        into[i]?.set(datagram.subarray(0, into[i]?.length));
        lengths[i] = datagram.length;
      });
      return taken.length || -1;
    },
  };
  return { libc: libc as Partial<Libc> as Libc, state };
}

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

describe('a pair of datagrams', () => {
  test('takes one system call, and comes one by one', () => {
    const { libc, state } = libcWith([bytes(3, 1), bytes(5, 2), bytes(7, 3)]);
    const pair = new DatagramPair(libc);
    const into = new Uint8Array(16);
    expect(pair.take(into)).toBeUndefined();
    expect(pair.receive(3, into, 0)).toBe(3);
    expect([...into.subarray(0, 4)]).toEqual([1, 1, 1, 0]);
    expect(pair.take(into)).toBe(5);
    expect([...into.subarray(0, 6)]).toEqual([2, 2, 2, 2, 2, 0]);
    expect(pair.take(into)).toBeUndefined();
    expect(pair.receive(3, into, 0)).toBe(7);
    expect(pair.take(into)).toBeUndefined();
    expect(state.calls).toBe(2);
    expect(pair.receive(3, into, 0)).toBe(-1);
    pair.free();
    expect(state.freed).toBe(true);
  });

  test('tells the whole length of a datagram that is cut', () => {
    const { libc } = libcWith([bytes(DatagramPair.BYTES + 4, 1), bytes(40, 2)]);
    const pair = new DatagramPair(libc);
    const into = new Uint8Array(32);
    expect(pair.receive(3, into, 0)).toBe(DatagramPair.BYTES + 4);
    expect(into).toEqual(bytes(32, 1));
    expect(pair.take(into)).toBe(40);
    expect(into).toEqual(bytes(32, 2));
  });
});
