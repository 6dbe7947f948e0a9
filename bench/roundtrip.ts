import { execFileSync } from 'node:child_process';
import {
  Exchange,
  Family,
  getFamily,
  KernelError,
  kernelTransport,
  type Refusal,
  Socket,
  type WriteBuffer,
} from 'ipvs/netlink';
import { compile } from './compile.ts';
import { type Figure, median } from './figures.ts';

const ROUNDS = 20_000;
const SITTINGS = 45;

/**
 * One request and its reply on this machine's kernel: in C, through the transport alone, with the promise and the tick that
 * any call costs whose request waits for others of its tick, through transport and socket, and as a whole call.
 */
export async function roundtrip(): Promise<Figure[]> {
  const program = compile('roundtrip');
  const transport = await kernelTransport();
  const socket = new Socket(transport);
  const family = await Family.resolve(socket, 'nlctrl');
  const received = new Uint8Array(65536);
  const exchange = () => {
    transport.send(message);
    return transport.receive(received);
  };
  const subjects: Record<string, () => Promise<number>> = {
    'C, send and recv': async () => Number(execFileSync(program, [`${ROUNDS}`], { encoding: 'utf8' })),
    'the transport alone': () =>
      timed(() => {
        for (let i = 0; i < ROUNDS; i++) exchange();
      }),
    'the transport, a promise and a tick': () =>
      awaited(() => new Promise((resolve) => process.nextTick(() => resolve(exchange())))),
    'transport and socket': () =>
      awaited(() => new Promise((resolve, reject) => socket.submit(new Raw(resolve, reject)))),
    'a whole call, values in and out': () => awaited(() => family.request(getFamily, { familyName: 'nlctrl' })),
  };
  for (const warmUp of Object.values(subjects)) await warmUp();
  const times = new Map<string, number[]>(Object.keys(subjects).map((name) => [name, []]));
  // Taken in turns, so that whatever else the machine does meets all alike.
  for (let sitting = 0; sitting < SITTINGS; sitting++)
    for (const [name, run] of Object.entries(subjects)) times.get(name)?.push(await run());
  await socket.close();
  const [floor = []] = times.values();
  // Each sitting has a ratio of its own: the machine's own pace changes from one to the next.
  const ratio = (all: readonly number[]) => median(all.map((value, i) => value / (floor[i] ?? Number.NaN)));
  return [...times].map(([name, all]) => ({ name, value: median(all), unit: 'ns', ratio: ratio(all) }));
}

/** One after another. */
function awaited(round: () => Promise<unknown>): Promise<number> {
  return timed(async () => {
    for (let i = 0; i < ROUNDS; i++) await round();
  });
}

/** Nanoseconds of a round. */
async function timed(run: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - start) / ROUNDS;
}

/** GETFAMILY of nlctrl as the C program sends it. */
const message = Buffer.from(
  '20000000 10000100 01000000 00000000 03020000 0b000200 6e6c6374 726c0000'.replaceAll(' ', ''),
  'hex',
);
const request = message.subarray(16);

/** The same bytes as the C program's, and no look at the reply's. */
class Raw extends Exchange {
  override readonly type = 16;
  override replyType = 16;
  override readonly flags = 0;
  override readonly answer = 'reply';
  override readonly onDone: () => void;
  override readonly onFailure: (error: unknown) => void;

  constructor(resolve: (value?: undefined) => void, reject: (error: unknown) => void) {
    super();
    this.onDone = resolve;
    this.onFailure = reject;
  }

  override onInterrupted(): void {}

  override write(to: WriteBuffer): void {
    const at = to.reserve(request.length);
    to.bytes.set(request, at);
  }

  override read(): void {}

  override toError({ errno }: Refusal): KernelError {
    return new KernelError({ errno, request: 'CTRL_CMD_GETFAMILY' });
  }
}
