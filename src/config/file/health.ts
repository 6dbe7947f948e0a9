import { duration } from '../shape/duration.ts';
import { list } from '../shape/list.ts';
import { object, optional, required } from '../shape/object.ts';
import { boolean, integer, number, oneOf } from '../shape/scalars.ts';
import { define } from '../shape/shape.ts';
import { destination } from './destination.ts';
import { probe } from './probe.ts';

/** How the destinations of a service are tried, and used while they are well. */
export const health = define(
  'health',
  object({
    probes: required(list(probe, 1), 'How to try each destination, one probe after the other; all must be well.'),
    interval: optional(duration, 'Time between two trials. Default: 5s.'),
    timeout: optional(duration, 'Time after which a trial has failed. Default: 5s.'),
    jitter: optional(number(0, 1), 'Part of the interval by which it is varied at random. Default: 0.1.'),
    rise: optional(integer(1, 1000), 'Successes in a row after which a destination is up. Default: 2.'),
    fall: optional(integer(1, 1000), 'Failures in a row after which a destination is down. Default: 3.'),
    steady: optional(duration, 'Time up before which a fall counts as flapping. Default: 60s.'),
    initially: optional(oneOf('up', 'down'), 'What to think of a destination before its first trials. Default: up.'),
    inhibit: optional(boolean, 'Keep a destination that is down, with weight 0. Default: false.'),
    fallback: optional(destination, 'Destination used alone while the quorum is not reached.'),
    quorum: optional(integer(0, Number.MAX_SAFE_INTEGER), 'Weight that must be up together. Default: 1.'),
    hysteresis: optional(
      integer(0, Number.MAX_SAFE_INTEGER),
      'Weight by which the quorum must be passed in either direction, less than the quorum. Default: 0.',
    ),
    slowStart: optional(duration, 'Time in which the weight of a destination that comes up rises. Default: 0.'),
  }),
);
