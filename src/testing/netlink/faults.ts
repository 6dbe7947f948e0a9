interface PlannedRefusal {
  readonly code: string;
  /** Names of the commands that it is meant for. */
  readonly commands: ReadonlySet<string>;
  times: number;
}

/** The faults that a test has planned. */
export class Faults {
  readonly #refusals: PlannedRefusal[] = [];
  /** Number of datagrams, from the next one sent, whose answers are withheld. */
  withheld = 0;
  /** Number of answers, from the next one, that are lost to an overrun. */
  overruns = 0;
  /** Lengths in bytes to which the next datagrams received are cut. */
  readonly cuts: number[] = [];

  /** Plans to refuse the next requests of some commands with an errno. */
  refuse(code: string, commands: ReadonlySet<string>, times: number): void {
    this.#refusals.push({ code, commands, times });
  }

  /** The errno with which a command is to be refused now. */
  takeRefusal(command: string): string | undefined {
    const planned = this.#refusals.find(({ commands }) => commands.has(command));
    if (!planned) return undefined;
    if (--planned.times <= 0) this.#refusals.splice(this.#refusals.indexOf(planned), 1);
    return planned.code;
  }

  takeWithheld(): boolean {
    return this.withheld > 0 && this.withheld-- > 0;
  }

  takeOverrun(): boolean {
    return this.overruns > 0 && this.overruns-- > 0;
  }
}
