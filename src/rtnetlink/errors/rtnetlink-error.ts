import { KernelError } from '../../errors/kernel-error.ts';
import { nameClass } from '../../errors/library-error.ts';
import { type RtnetlinkReason, reasonFor } from './reasons.ts';

/** The kernel refused a command of rtnetlink. Branch on `reason`. */
export class RtnetlinkError extends KernelError {
  /** Meaning of the refusal. */
  readonly reason: RtnetlinkReason;

  constructor(refusal: KernelError, action: string) {
    const [reason, words] = reasonFor(refusal.request, refusal.code);
    const said = [refusal.code, refusal.path, refusal.detail].filter(Boolean).join(', ');
    super(refusal, `Cannot ${action}: ${words} (${said})`);
    this.reason = reason;
  }
}

nameClass(RtnetlinkError, 'RtnetlinkError');
