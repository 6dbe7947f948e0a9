import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countMarks, type MarkRange, markAt } from '../../src/desired/marks.ts';
import { desired } from '../support/desired.ts';
import { port, service } from '../support/objects.ts';

it('marks are those of a range without the bit by which kube-proxy masquerades, each once', () => {
  const ranges = fc
    .tuple(fc.integer({ min: 1, max: 0xffff_0000 }), fc.integer({ min: 0, max: 0xffff }))
    .map(([first, size]): MarkRange => [first, first + size]);
  fc.assert(
    fc.property(ranges, ([first, last]) => {
      const expected: number[] = [];
      for (let mark = first; mark <= last; mark++) if ((mark & 0x4000) === 0) expected.push(mark);
      const marks = Array.from({ length: countMarks([first, last]) }, (_, place) => markAt([first, last], place));
      expect(marks).toEqual(expected);
    }),
    { numRuns: 20 },
  );
});

const local = { externalTrafficPolicy: 'Local', externalIPs: ['203.0.113.9'], ports: [port(80)] };

it('no Service gets a mark with it', () => {
  const marks = Array.from({ length: 200 }, (_, i) => {
    const web = service(`web-${i}`, { clusterIP: '10.96.0.1', ...local });
    return desired([web], { localFallback: 'fwmark' }).elements.marks[0]?.mark ?? 0;
  });
  expect(new Set(marks).size).toBe(200);
  expect(marks.filter((mark) => mark < 0x1000_0000 || mark > 0x1fff_ffff || mark & 0x4000)).toEqual([]);
});

it('a range that has no other marks is refused', () => {
  expect(() => desired([], { marks: [0x4000, 0x7fff] })).toThrow(
    'marks must hold a mark without the bit 0x4000, by which kube-proxy masquerades',
  );
});
