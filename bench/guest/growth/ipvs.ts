import { Ipvs, type ServiceSpec } from 'ipvs';
import { type ClusterService, PORT, SERVICE_NETWORK, TARGET_PORT, withOtherEndpoint } from './cluster.ts';
import type { Contender } from './contender.ts';
import { run } from './run.ts';

/** What every service needs of the director: packets to its address are its own. The agents bind each address instead. */
function takeAddresses(netns: string): void {
  run(['ip', '-n', netns, 'route', 'add', 'local', SERVICE_NETWORK, 'dev', 'lo']);
}

function specOf({ address }: ClusterService): ServiceSpec {
  return { protocol: 'tcp', address, port: PORT, scheduler: 'rr' };
}

/** Calls under way at once, so that what is kept for each is soon garbage. */
const SLICE = 100;

/** This package's API, in the process that measures. */
export function ownApi(netns: string): Contender {
  let ipvs: Ipvs;
  const add = async (services: readonly ClusterService[]) => {
    for (let from = 0; from < services.length; from += SLICE) {
      const calls: Promise<void>[] = [];
      for (const service of services.slice(from, from + SLICE)) {
        calls.push(ipvs.addService(specOf(service)));
        for (const address of service.endpoints)
          calls.push(ipvs.addDestination(specOf(service), { address, port: TARGET_PORT }));
      }
      await Promise.all(calls);
    }
  };
  return {
    prepare: async () => {
      takeAddresses(netns);
      ipvs = await Ipvs.open({ netns });
    },
    program: (services) => () => add(services),
    addOne: (service) => () => add([service]),
    changeOne: (service) => async () => {
      const changed = withOtherEndpoint(service);
      const gone = service.endpoints.find((address) => !changed.endpoints.includes(address)) as string;
      const come = changed.endpoints.find((address) => !service.endpoints.includes(address)) as string;
      await Promise.all([
        ipvs.addDestination(specOf(service), { address: come, port: TARGET_PORT }),
        ipvs.removeDestination(specOf(service), { address: gone, port: TARGET_PORT }),
      ]);
    },
    close: () => ipvs.close(),
  };
}

/** ipvsadm, a process for each step. */
export function ipvsadm(netns: string): Contender {
  const restore = (rules: string) => async () => {
    run(['ip', 'netns', 'exec', netns, 'ipvsadm', '-R'], rules);
  };
  return {
    prepare: async () => takeAddresses(netns),
    program: (services) => restore(services.map(rulesOf).join('')),
    addOne: (service) => restore(rulesOf(service)),
    changeOne: (service) => {
      const changed = withOtherEndpoint(service);
      const come = changed.endpoints.filter((address) => !service.endpoints.includes(address));
      const gone = service.endpoints.filter((address) => !changed.endpoints.includes(address));
      return restore(
        [
          ...come.map((each) => destination('-a', service, each)),
          ...gone.map((each) => `-d -t ${service.address}:${PORT} -r ${each}:${TARGET_PORT}\n`),
        ].join(''),
      );
    },
    close: async () => {},
  };
}

function rulesOf(service: ClusterService): string {
  return `-A -t ${service.address}:${PORT} -s rr\n${service.endpoints.map((each) => destination('-a', service, each)).join('')}`;
}

function destination(action: string, { address }: ClusterService, endpoint: string): string {
  return `${action} -t ${address}:${PORT} -r ${endpoint}:${TARGET_PORT} -m -w 1\n`;
}
