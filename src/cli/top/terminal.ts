import { cursorTo, emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import type { Input, Output } from '../io.ts';
import type { Line } from './view.ts';

/** A key as node:readline names it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
}

// XTerm Control Sequences, private modes 1049 and 25: the alternate screen, and the cursor.
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const CLEAR_TO_END_OF_LINE = '\x1b[K';

/**
 * A terminal of which the whole screen is taken, and given back by {@link Terminal.leave} or however else the process ends.
 */
export class Terminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #onKey: (text: string | undefined, key: Key) => void;
  readonly #onResize: () => void;
  #entered = true;

  private constructor(input: ReadStream, output: WriteStream, onKey: (key: Key) => void, onResize: () => void) {
    this.#input = input;
    this.#output = output;
    this.#onKey = (_, key) => onKey(key);
    this.#onResize = onResize;
    output.write(ENTER);
    emitKeypressEvents(input);
    input.setRawMode(true).on('keypress', this.#onKey).resume();
    output.on('resize', onResize);
    // Before the stack of an error is printed, which would vanish with the alternate screen.
    process.on('uncaughtExceptionMonitor', this.leave).on('exit', this.leave);
  }

  /** Takes the screen; undefined where input or output is no terminal. */
  static enter(
    input: Input,
    output: Output,
    events: { readonly onKey: (key: Key) => void; readonly onResize: () => void },
  ): Terminal | undefined {
    const [reading, writing] = [input as ReadStream, output as WriteStream];
    if (!reading.isTTY || !writing.isTTY) return undefined;
    return new Terminal(reading, writing, events.onKey, events.onResize);
  }

  get size(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = this.#output;
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** Shows lines from the top on, over what was shown before. */
  show(lines: readonly Line[]): void {
    cursorTo(this.#output, 0, 0);
    this.#output.write(lines.map((line) => this.#styled(line) + CLEAR_TO_END_OF_LINE).join('\r\n'));
  }

  /** Gives the screen back, at once. */
  readonly leave = (): void => {
    if (!this.#entered) return;
    this.#entered = false;
    process.off('uncaughtExceptionMonitor', this.leave).off('exit', this.leave);
    this.#output.off('resize', this.#onResize);
    this.#input.off('keypress', this.#onKey).setRawMode(false).pause();
    this.#output.write(LEAVE); // which is synchronous for a terminal
  };

  /** In colour where the terminal has it and NO_COLOR does not forbid it; the title is inverse all the same. */
  #styled({ text, style }: Line): string {
    if (style === undefined) return text;
    if (style === 'title') return `\x1b[7m${text.padEnd(this.size.columns)}\x1b[27m`;
    return styleText(style === 'service' ? 'cyan' : 'red', text, { stream: this.#output });
  }
}
