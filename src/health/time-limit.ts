/** A timer that is later than this is a sign that the process itself stood still or was busy. */
const LATE_MS = 100;

/**
 * Calls `expire` when a time is over, unless the function that is returned was called before. Where this process stood still
 * meanwhile, the time begins anew, once, and what has come in by then is taken first: a server is not to blame for it.
 */
export function timeLimit(milliseconds: number, expire: () => void): () => void {
  let due = performance.now() + milliseconds;
  let again = true;
  let immediate: NodeJS.Immediate | undefined;
  const over = () => {
    const late = performance.now() - due > LATE_MS;
    if (!(late && again)) {
      immediate = setImmediate(expire); // timers come before what is received
      return;
    }
    again = false;
    due = performance.now() + milliseconds;
    timer = setTimeout(over, milliseconds);
  };
  let timer = setTimeout(over, milliseconds);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
