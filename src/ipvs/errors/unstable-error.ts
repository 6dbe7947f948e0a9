import { IpvsLibraryError, nameClass } from '../../errors/library-error.ts';

/** A listing that was to be consistent changed from reading to reading. */
export class UnstableError extends IpvsLibraryError {
  override readonly code = 'ERR_IPVS_UNSTABLE';
  /** How often it was read. */
  readonly readings: number;

  constructor(what: string, readings: number) {
    super(`Cannot list ${what} consistently: of ${readings} readings no two in a row were the same`);
    this.readings = readings;
  }
}

nameClass(UnstableError, 'UnstableError');
