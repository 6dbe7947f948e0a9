import { describe } from 'vitest';
import { contract, networkContract } from '../contract/index.ts';
import { guest } from './bed.ts';

describe('contract on a big-endian kernel', () => {
  contract(guest);
  networkContract(guest);
});
