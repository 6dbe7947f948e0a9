/** Milliseconds since 1970 as the system's clock had them when the process began: setting that clock does not move it. */
export function steadyNow(): number {
  return Math.floor(performance.timeOrigin + performance.now());
}
