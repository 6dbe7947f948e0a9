import type { Problem } from '../../src/objects/index.ts';

/** One request, and how the API server answered it. */
export interface RecordedExchange {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
  readonly status: number;
  /** The answer, in the pieces in which it came. */
  readonly chunks: string[];
  /** How the answer ended: as it should, or by a lost connection. Absent if it was open when the recording ended. */
  ending?: 'end' | 'cut';
}

/** What a client and a real API server said to each other. */
export interface Recording {
  /** Who was recorded: `'kube-apiserver v1.20.2'`. */
  readonly server: string;
  readonly exchanges: RecordedExchange[];
  /** The objects that there were in the end. */
  readonly objects: readonly { readonly metadata: { readonly name: string; readonly resourceVersion: string } }[];
}

/** The problem that the recorded Event is about. */
export const problem: Problem = {
  reason: 'UnknownScheduler',
  object: { kind: 'Service', namespace: 'default', name: 'a', uid: '3d6c1f0e-0000-4000-8000-000000000001' },
  field: 'metadata.annotations',
  value: 'fastest',
  rule: 'must be a scheduler of the kernel',
};
