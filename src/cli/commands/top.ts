import { constants } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { InputError, type Ipvs, IpvsLibraryError, type Statistics, type TableEntry } from '../../ipvs/index.ts';
import { Failure, Interruption, status } from '../failure.ts';
import { parseSeconds } from '../seconds.ts';
import { tableOf } from '../session/session.ts';
import { columns } from '../top/columns.ts';
import { pressed } from '../top/state.ts';
import { type Key, Terminal } from '../top/terminal.ts';
import { renderView, type View } from '../top/view.ts';
import { defineCommand } from './command.ts';

export const top = defineCommand({
  name: 'top',
  synopsis: 'top [--interval DURATION] [--sort COLUMN]',
  summary: 'show services and servers with their connections and rates, again and again',
  options: {
    interval: { type: 'string', operand: 'DURATION', default: '2', about: 'time between two looks, 2s by default' },
    sort: {
      type: 'string',
      operand: 'COLUMN',
      default: 'conn/s',
      about: `what to sort by: ${columns.map(({ title }) => title.toLowerCase()).join(', ')}; conn/s by default`,
    },
  },
  async run({ values: { interval = '', sort = '' } }, { open, stdin, stdout, signal }) {
    const seconds = parseSeconds('--interval', interval);
    if (!(seconds > 0 && seconds <= 86_400))
      throw new Failure(`--interval must be more than 0 and at most 86400 seconds, got '${interval}'`, status.input);
    const sortBy = columns.find(({ title }) => title === sort.toUpperCase());
    if (!sortBy)
      throw new Failure(
        `--sort must be ${columns.map(({ title }) => title.toLowerCase()).join(', ')}, got '${sort}'`,
        status.input,
      );
    const ipvs = await open({ readOnly: true });
    let view: View = { ...(await read(ipvs)), sortBy, ascending: false, filter: '', typing: false, offset: 0 };
    const stop = new AbortController();
    const draw = () => terminal?.show(renderView(view, terminal.size));
    const onKey = (key: Key) => {
      // In raw mode the terminal makes no signal of it.
      if (key.ctrl && key.name === 'c') return stop.abort(new Interruption('SIGINT', 128 + constants.signals.SIGINT));
      const next = terminal && pressed(view, key, terminal.size);
      if (!next) return stop.abort();
      view = next;
      draw();
    };
    const terminal = Terminal.enter(stdin, stdout, { onKey, onResize: draw });
    if (!terminal) throw new Failure('top needs a terminal; watch prints lines', status.input);
    const ended = AbortSignal.any([stop.signal, signal]);
    try {
      while (!ended.aborted) {
        draw();
        await setTimeout(seconds * 1000, undefined, { signal: ended }).catch(() => {}); // the loop looks at the signal
        if (!ended.aborted) view = { ...view, problem: undefined, ...(await read(ipvs).catch(toProblem)) };
      }
    } finally {
      terminal.leave();
    }
    if (ended.reason instanceof Interruption) throw ended.reason;
    return 0;
  },
});

async function read(ipvs: Ipvs): Promise<{ totals: Statistics; table: TableEntry[] }> {
  const [totals, table] = await Promise.all([ipvs.statistics(), tableOf(ipvs)]);
  return { totals, table };
}

/** What the kernel refuses now it may answer later. */
function toProblem(error: unknown): { problem: string } {
  if (error instanceof IpvsLibraryError && !(error instanceof InputError)) return { problem: error.message };
  throw error;
}
