/** The same callback, but what it throws becomes an uncaught exception of the program and does not reach the caller. */
export function isolated(callback: (line: string) => void): (line: string) => void {
  return (line) => {
    try {
      callback(line);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}
