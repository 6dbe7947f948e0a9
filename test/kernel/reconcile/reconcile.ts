import { disturbedTests } from './disturbed.ts';
import { drainTests } from './drain.ts';
import { tableTests } from './tables.ts';

export function reconcileTests(): void {
  tableTests();
  disturbedTests();
  drainTests();
}
