import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ledger } from '../../src/agent/ledger.ts';

const values = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
const steps = fc.array(
  fc.record({ method: fc.constantFrom('want', 'unwant', 'added', 'removed', 'found'), given: values }),
);

test('tells the difference of two sets after any steps', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const ledger = new Ledger<string>((value) => value);
      let [wanted, present] = [new Set<string>(), new Set<string>()];
      for (const { method, given } of all) {
        ledger[method](given);
        const set = new Set(given);
        if (method === 'want') wanted = wanted.union(set);
        if (method === 'unwant') wanted = wanted.difference(set);
        if (method === 'added') present = present.union(set);
        if (method === 'removed') present = present.difference(set);
        if (method === 'found') present = set;
        expect(new Set(ledger.missing)).toEqual(wanted.difference(present));
        expect(new Set(ledger.surplus)).toEqual(present.difference(wanted));
      }
    }),
  );
});
