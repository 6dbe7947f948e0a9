export type { AddressFamily, Network } from './address.ts';
export {
  type Endpoint,
  type EndpointPort,
  type EndpointSlice,
  parseEndpointSlice,
  SERVICE_NAME_LABEL,
  TRIGGER_TIME_ANNOTATION,
} from './endpoint-slice.ts';
export { type Event, eventOf } from './event.ts';
export type { Parsed } from './field-reader.ts';
export { AUTOSCALER_TAINT, type Node, parseNode, ZONE_LABEL } from './node.ts';
export {
  describeObject,
  type Kind,
  type KubernetesObject,
  type ObjectBase,
  type ObjectKey,
  type ObjectReference,
} from './object.ts';
export { parseObject } from './parse-object.ts';
export { describeProblem, type Problem, type ProblemReason } from './problem.ts';
export {
  type ExternalAddress,
  HEADLESS_LABEL,
  parseService,
  SCHEDULER_ANNOTATION,
  SERVICE_PROXY_NAME_LABEL,
  type Service,
  type ServicePort,
  type ServiceProtocol,
  type TrafficPolicy,
} from './service.ts';
