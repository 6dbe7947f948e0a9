import type { Persistence, ServiceFlags } from 'ipvs';
import { SCHEDULER_ANNOTATION, type Service } from '../../objects/service.ts';
import type { Settings } from '../options.ts';
import type { Report } from './context.ts';

/** The scheduling that all virtual services of a Service have. */
export interface Scheduling {
  readonly scheduler: string;
  readonly flags?: ServiceFlags;
  readonly persistence?: Persistence;
}

/** Scheduler and persistence of a Service. */
export function schedulingOf(service: Service, settings: Settings, report: Report): Scheduling {
  const scheduler = chooseScheduler(service, settings, report);
  const { affinityTimeout: timeout } = service;
  return {
    scheduler,
    // Without it, all clients behind one address would have the same endpoint.
    ...(scheduler === 'mh' && { flags: { 'mh-port': true } }),
    ...(timeout > 0 && { persistence: { timeout } }),
  };
}

function chooseScheduler({ scheduler }: Service, settings: Settings, report: Report): string {
  if (scheduler === undefined || settings.hasScheduler(scheduler)) return scheduler ?? settings.scheduler;
  const field = `metadata.annotations["${SCHEDULER_ANNOTATION}"]`;
  const rule = `must be a scheduler of the kernel, so ${settings.scheduler} is used`;
  report('UnknownScheduler', field, scheduler, rule);
  return settings.scheduler;
}
