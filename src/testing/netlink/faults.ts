interface PlannedRefusal {
  readonly code: string;
  /** Names of the commands that it is meant for. */
  readonly commands: ReadonlySet<string>;
  times: number;
}

/** What a test has planned to go wrong. */
export class Faults {
  readonly #refusals: PlannedRefusal[] = [];
  /** How many of the next datagrams sent have their answers kept back. */
  withheld = 0;
  /** How many of the next answers are lost to an overrun. */
  overruns = 0;
  /** To how many bytes each of the next datagrams received is cut. */
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
