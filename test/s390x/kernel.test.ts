import { describe } from 'vitest';
import { contract, networkContract } from '../contract/index.ts';
import { guest } from './bed.ts';
import { captureTests } from './capture.ts';
import { differentialTests } from './differential.ts';
import { fileTests } from './files.ts';
import { scheduleTests } from './schedule.ts';

// One file, so that one process speaks to the agent.
describe('contract', () => {
  contract(guest);
  networkContract(guest);
});
captureTests();
differentialTests();
fileTests();
scheduleTests();
