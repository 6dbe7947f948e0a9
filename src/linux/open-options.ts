import { InputError } from '../errors/input-error.ts';
import { assertKnownProperties } from '../errors/known-properties.ts';
import type { Kernel } from './kernel.ts';

/** How to reach a kernel. */
export type OpenOptions =
  | {
      /** The kernel to work on, such as a `FakeKernel`. Default: the one of this machine. */
      readonly kernel?: Kernel | undefined;
      /** Cannot be combined with a kernel, which is that of one namespace already. */
      readonly netns?: undefined;
    }
  | {
      /** Cannot be combined with a namespace. */
      readonly kernel?: undefined;
      /**
       * The network namespace to work in: a name as `ip netns` knows it, or a path such as `/proc/1234/ns/net`. Default:
       * the one of the calling thread. Entering another one requires CAP_SYS_ADMIN.
       */
      readonly netns?: string | undefined;
    };

/** Throws InputError. */
export function validateOpenOptions(options: OpenOptions): OpenOptions {
  assertKnownProperties('', options, ['kernel', 'netns']);
  const { kernel, netns } = options;
  if (kernel !== undefined && !isKernel(kernel))
    throw new InputError('must be a Kernel, with openNetlink, readFile and writeFile', kernel, 'kernel');
  if (netns !== undefined && (typeof netns !== 'string' || netns === ''))
    throw new InputError('must be the name or the path of a network namespace', netns, 'netns');
  if (kernel !== undefined && netns !== undefined)
    throw new InputError('cannot be combined with kernel', netns, 'netns');
  return options;
}

function isKernel(value: unknown): boolean {
  const methods = ['openNetlink', 'readFile', 'writeFile'];
  return (
    typeof value === 'object' &&
    value !== null &&
    methods.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}
