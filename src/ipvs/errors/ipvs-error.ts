import { KernelError } from '../../netlink/index.ts';
import { explain, type IpvsReason } from './reasons.ts';

/** The kernel refused an IPVS command. Branch on `reason`. */
export class IpvsError extends KernelError {
  /** What the refusal means. */
  readonly reason: IpvsReason;

  constructor(refusal: KernelError, action: string) {
    const [reason, words] = explain(refusal.request, refusal.code);
    const said = [refusal.code, refusal.path, refusal.detail].filter(Boolean).join(', ');
    super(refusal, `Cannot ${action}: ${words} (${said})`);
    this.reason = reason;
  }
}

// On the prototype, so that the name does not show as a property of every error.
Object.defineProperty(IpvsError.prototype, 'name', { value: 'IpvsError', configurable: true });
