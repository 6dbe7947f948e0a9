import { describe, expect, test } from 'vitest';
import { kernelTransport } from '../../src/netlink/index.ts';
import { FakeKernel } from '../../src/testing/index.ts';
import { enterBareNamespace, enterFreshNamespace } from '../support/linux/namespace.ts';
import { firstDifference } from '../testing/differential.ts';
import { realKernel } from './bed.ts';

/** Where the commands meet a network, and where they meet none: `lo` is there, and was never up. */
const networks = [
  { network: 'a network', enter: enterFreshNamespace, links: undefined, share: 0.8 },
  { network: 'no network', enter: enterBareNamespace, links: { lo: { mtu: 65536, up: false } }, share: 0.2 },
];

/** Commands in all; `IPVS_COMMANDS` asks for more. */
const ALL = Number(process.env['IPVS_COMMANDS'] || 2500);

/** Commands in a namespace of their own; more of them in one would meet ever more refusals of the same kind. */
const COMMANDS = 500;

// Another start for every run, printed, so that a difference can be looked at again.
const first = Math.floor(Date.now() / 1000);

export function differentialTests(): void {
  describe('the fake kernel answers as this one', () => {
    const runs = networks.flatMap(({ share, ...each }) =>
      Array.from({ length: Math.ceil((ALL * share) / COMMANDS) }, () => each),
    );
    test.each(runs.map((each, i) => ({ seed: first + i, ...each })))(
      'random commands, seed $seed, in $network',
      async ({ seed, enter, links }) => {
        enter();
        const transport = await kernelTransport();
        try {
          const fake = new FakeKernel({ version: realKernel.kernel, links });
          expect(await firstDifference(transport, fake.connect(), seed, COMMANDS)).toBeUndefined();
        } finally {
          transport.close();
        }
      },
    );
  });
}
