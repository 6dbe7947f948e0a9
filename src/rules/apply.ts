import type { Ipvs } from '../ipvs/client/ipvs.ts';
import type { Change } from './parse/change.ts';

/**
 * Carries a change out, as {@link parseRules} gives it. Many at once are
 * `await Promise.all(rules.map((rule) => applyChange(ipvs, rule)))`: calls of one tick travel to the kernel together and
 * are carried out in order. Rejects as the methods of `Ipvs` do.
 */
export function applyChange(ipvs: Ipvs, change: Change): Promise<void> {
  switch (change.command) {
    case 'add-service':
      return ipvs.addService(change.service);
    case 'edit-service':
      return ipvs.updateService(change.service);
    case 'delete-service':
      return ipvs.removeService(change.service);
    case 'clear':
      return ipvs.flush();
    case 'add-server':
      return ipvs.addDestination(change.service, change.destination);
    case 'edit-server':
      return ipvs.updateDestination(change.service, change.destination);
    case 'delete-server':
      return ipvs.removeDestination(change.service, change.destination);
    case 'zero':
      return ipvs.zero(change.service);
    case 'set':
      // The API refuses to set nothing; ipvsadm's "0 0 0" does just that.
      return Object.keys(change.timeouts).length > 0 ? ipvs.setTimeouts(change.timeouts) : Promise.resolve();
    case 'start-daemon':
      return ipvs.startDaemon(change.daemon);
    case 'stop-daemon':
      return ipvs.stopDaemon(change.state);
  }
}
