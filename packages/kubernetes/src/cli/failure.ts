/** A failure that the command reports by its message alone: what was given is wrong, not the program. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
