import { expect, test } from 'vitest';
import { WriteBuffer } from '../../src/netlink/index.ts';

test('what was written is that of the buffer as it has grown, at whatever length it was asked for before', () => {
  const to = new WriteBuffer(8);
  to.append(Uint8Array.of(1, 2, 3, 4));
  expect(to.written()).toEqual(Uint8Array.of(1, 2, 3, 4));
  to.append(new Uint8Array(60));
  to.at = 0;
  to.append(Uint8Array.of(5, 6, 7, 8));
  expect(to.written()).toEqual(Uint8Array.of(5, 6, 7, 8));
});
