import { expect, test } from 'vitest';
import { WriteBuffer } from '../../src/netlink/index.ts';

test('what was written is that of the buffer as it has grown, at whatever length it was asked for before', () => {
  const to = new WriteBuffer(8);
  for (const size of [4, 8, 16, 32, 64]) {
    to.at = 0;
    to.append(new Uint8Array(size).fill(size));
    expect(to.written()).toEqual(new Uint8Array(size).fill(size));
    to.at = 0;
    to.append(Uint8Array.of(1, 2, 3, size));
    expect(to.written()).toEqual(Uint8Array.of(1, 2, 3, size));
  }
});
