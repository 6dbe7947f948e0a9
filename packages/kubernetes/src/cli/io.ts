/** A stream that text is written to. */
export interface Output {
  write(text: string): unknown;
}

/** What the command reads and writes beside its files. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** The whole of the standard input, for the file `-`. */
  readonly readStdin: () => Promise<string>;
}
