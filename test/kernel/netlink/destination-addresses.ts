import { describe } from 'vitest';
import { linuxKernel } from '../../../src/netlink/index.ts';
import { enterBareNamespace } from '../../support/linux/namespace.ts';
import { destinationAddressTests } from '../../testing/network/destination-addresses.ts';

/** Which addresses a destination can have, as the fake has it. */
export function addressesOfDestinationsTests(): void {
  describe('addresses of destinations', () =>
    destinationAddressTests(() => {
      enterBareNamespace();
      return linuxKernel();
    }));
}
