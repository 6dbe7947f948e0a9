/** The same callback, but what it throws becomes an uncaught exception of the program and does not reach the caller. */
export function isolated(callback: (line: string) => void): (line: string) => void {
  return (line) => {
    try {
      callback(line);
    } catch (error) {
      throwUncaught(error);
    }
  };
}

/** Makes an error an uncaught exception of the program, while the caller goes on. */
export function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
