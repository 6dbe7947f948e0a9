import { expect, it } from 'vitest';
import { EventLimit } from '../../src/operation/event-limit.ts';

it('forgets an object as soon as it has all of its Events again, and not before', () => {
  const limit = new EventLimit();
  expect(limit.admits('a', 0)).toBe(true);
  expect(limit.admits('b', 0)).toBe(true);
  expect(limit.admits('b', 0)).toBe(true);
  limit.forgetIdle(299_999);
  expect(limit.size).toBe(2);
  limit.forgetIdle(300_000);
  expect(limit.size).toBe(1);
  limit.forgetIdle(600_000);
  expect(limit.size).toBe(0);
});
