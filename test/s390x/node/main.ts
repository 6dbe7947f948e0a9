import { endianness } from 'node:os';
import { exit } from 'node:process';
import '../../ipvs/old-kernels.test.ts';
import '../../ipvs/recordings.test.ts';
import '../../netlink/tables.test.ts';
import '../../rtnetlink/codec.test.ts';
import '../../rtnetlink/recordings.test.ts';
import '../../testing/contract.test.ts';
import '../../testing/fixtures.test.ts';
import '../../testing/route.test.ts';
import '../../testing/schedule/recorded.test.ts';
import { runTests } from './vitest.ts';

// The tests that depend on the byte order of the machine they run on, with recordings of kernels of either order.
const { passed, failed } = await runTests();
console.log(`Node ${process.versions.node} on ${process.arch}, ${endianness()}`);
console.log(`${passed} passed, ${failed} failed`);
exit(failed > 0 || passed === 0 || endianness() !== 'BE' ? 1 : 0);
