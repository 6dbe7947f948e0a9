import { KernelError } from '../../errors/kernel-error.ts';
import { nameClass } from '../../errors/library-error.ts';
import { type IpvsReason, reasonFor } from './reasons.ts';

/** The kernel refused an IPVS command. Branch on `reason`. */
export class IpvsError extends KernelError {
  /** Meaning of the refusal. */
  readonly reason: IpvsReason;

  constructor(refusal: KernelError, action: string) {
    const [reason, words] = reasonFor(refusal.request, refusal.code);
    const said = [refusal.code, refusal.path, refusal.detail].filter(Boolean).join(', ');
    super(refusal, `Cannot ${action}: ${words} (${said})`);
    this.reason = reason;
  }
}

nameClass(IpvsError, 'IpvsError');
