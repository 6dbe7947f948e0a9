import { InputError } from 'ipvs';
import { type Network, parseNetwork } from '../objects/address.ts';
import { countMarks, type MarkRange } from './marks.ts';

/** Options of {@link desiredState}: which Services are served, and how. */
export interface DesiredOptions {
  /**
   * `'labelled'`: only Services with the label `service.kubernetes.io/service-proxy-name` of our name, beside any
   * kube-proxy. `'all'`: also those without such a label, in kube-proxy's place. Default `'labelled'`.
   */
  readonly services?: 'labelled' | 'all' | undefined;
  /** Our name in that label. Default `'ipvs'`. */
  readonly serviceProxyName?: string | undefined;
  /** Scheduler of Services that name none by annotation. Default `'rr'`. */
  readonly scheduler?: string | undefined;
  /** Schedulers that the kernel has; Services that name another get the default one. Default: any is believed. */
  readonly schedulers?: Iterable<string> | undefined;
  /**
   * The node's addresses that have node ports: those in these networks, of each family that has any among them and all
   * addresses of a family that has none, as in kube-proxy; or the primary ones of the Node alone. Default: all addresses.
   */
  readonly nodePortAddresses?: readonly string[] | 'primary' | undefined;
  /**
   * Where connections from outside go with `externalTrafficPolicy: Local` while the node has no endpoint: nowhere
   * (`'drop'`), as documented by Kubernetes, or to the others (`'cluster'`), as in kube-proxy's IPVS mode, which loses the
   * client's address. `'fwmark'` is `'drop'` for clients outside, while those in the cluster reach all endpoints by a
   * firewall mark, as with kube-proxy's other modes. Default `'drop'`.
   */
  readonly localFallback?: 'drop' | 'cluster' | 'fwmark' | undefined;
  /**
   * First and last firewall mark that may be used, 1 to 4294967295; those with the bit 0x4000, by which kube-proxy masquerades,
   * are not. Default 268435456 to 536870911.
   */
  readonly marks?: MarkRange | undefined;
}

/** Options that were checked, with their defaults. */
export interface Settings {
  readonly services: 'labelled' | 'all';
  readonly serviceProxyName: string;
  readonly scheduler: string;
  readonly hasScheduler: (name: string) => boolean;
  readonly nodePortAddresses: readonly Network[] | 'primary';
  readonly localFallback: 'drop' | 'cluster' | 'fwmark';
  readonly marks: MarkRange;
}

const DEFAULT_MARKS = [0x1000_0000, 0x1fff_ffff] as const;
const MAX_MARK = 0xffff_ffff;

const OPTIONS: Readonly<Record<keyof DesiredOptions, true>> = {
  services: true,
  serviceProxyName: true,
  scheduler: true,
  schedulers: true,
  nodePortAddresses: true,
  localFallback: true,
  marks: true,
};

/** Checks options. Throws InputError. */
export function resolveOptions(options: DesiredOptions): Settings {
  for (const [name, value] of Object.entries(options))
    if (!Object.hasOwn(OPTIONS, name))
      throw new InputError(`is unknown (known are ${Object.keys(OPTIONS).join(', ')})`, value, name);
  const { services = 'labelled', serviceProxyName = 'ipvs', scheduler = 'rr', schedulers } = options;
  const { nodePortAddresses = [], localFallback = 'drop', marks = DEFAULT_MARKS } = options;
  assertOneOf('services', services, ['labelled', 'all']);
  assertOneOf('localFallback', localFallback, ['drop', 'cluster', 'fwmark']);
  if (!isSchedulerName(scheduler)) throw new InputError('must be the name of a scheduler', scheduler, 'scheduler');
  const known = schedulers && new Set(schedulers);
  if (known && !known.has(scheduler))
    throw new InputError(`must be one of the kernel's: ${[...known].join(', ')}`, scheduler, 'scheduler');
  return {
    services,
    serviceProxyName,
    scheduler,
    hasScheduler: (name) => isSchedulerName(name) && (known?.has(name) ?? true),
    nodePortAddresses: nodePortAddresses === 'primary' ? 'primary' : nodePortAddresses.map(parseNodePortNetwork),
    localFallback,
    marks: checkMarks(marks),
  };
}

function assertOneOf(name: string, value: string, values: readonly string[]): void {
  if (!values.includes(value)) throw new InputError(`must be ${values.join(' or ')}`, value, name);
}

/** Whether a text can name a scheduler: `IP_VS_SCHEDNAME_MAXLEN` is 16, and `none` means that there is none. */
function isSchedulerName(name: string): boolean {
  return /^[!-~]{1,15}$/.test(name) && name !== 'none';
}

function parseNodePortNetwork(text: string, index: number): Network {
  const network = parseNetwork(text);
  if (network) return network;
  throw new InputError('must be a network such as 192.0.2.0/24', text, `nodePortAddresses[${index}]`);
}

function checkMarks([first, last]: MarkRange): MarkRange {
  const isMark = (mark: number) => Number.isInteger(mark) && mark >= 1 && mark <= MAX_MARK;
  if (!isMark(first)) throw new InputError(`must be an integer from 1 to ${MAX_MARK}`, first, 'marks[0]');
  if (!isMark(last) || last < first)
    throw new InputError(`must be an integer from ${first} to ${MAX_MARK}`, last, 'marks[1]');
  if (countMarks([first, last]) === 0)
    throw new InputError(
      'must hold a mark without the bit 0x4000, by which kube-proxy masquerades',
      [first, last],
      'marks',
    );
  return [first, last];
}
