/** Which requests go wrong. */
export interface RefusalOptions {
  /** The kernel's name of a command: `'IPVS_CMD_NEW_DEST'`. Default: every command of IPVS. */
  readonly command?: string | undefined;
  /** How many requests. Default 1. */
  readonly times?: number | undefined;
}

interface PlannedRefusal {
  readonly code: string;
  readonly command: string | undefined;
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

  refuse(code: string, { command, times = 1 }: RefusalOptions): void {
    this.#refusals.push({ code, command, times });
  }

  /** The errno with which a command is to be refused now. */
  takeRefusal(command: string): string | undefined {
    const planned = this.#refusals.find((each) =>
      each.command ? each.command === command : command.startsWith('IPVS_'),
    );
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
