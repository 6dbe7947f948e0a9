/**
 * Rejects with the error that `make` makes, a little later: resolve a promise with this one, and the error's stack shows
 * the async functions that wait for that promise. The engine follows them from the job it is running (V8,
 * CaptureAsyncStackTrace), and a socket that settles its calls runs in nobody's.
 */
export async function rejectLater(make: () => Error): Promise<never> {
  // By the second turn of the microtask queue the promise that was resolved with this one waits for it.
  await undefined;
  await undefined;
  const error = make();
  Error.captureStackTrace(error, rejectLater);
  throw error;
}
