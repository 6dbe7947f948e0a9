export type { WithoutLocalEndpoints } from './claims/service-claims.ts';
export { type Desired, type DesiredChanges, DesiredState, desiredState } from './desired-state.ts';
export { type Element, elementId, groupElements } from './element.ts';
export type { NodeFacts } from './node-facts.ts';
export type { DesiredOptions } from './options.ts';
export type { Replacement } from './register.ts';
export type { Difference } from './tally.ts';
export type { AddressSource, HealthCheck, VirtualService } from './virtual-service.ts';
