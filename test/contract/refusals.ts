import { describe, expect } from 'vitest';
import { requestErrors } from '../../src/ipvs/errors/describe-request.ts';
import { IpvsError, type IpvsReason, type ServiceKey } from '../../src/ipvs/index.ts';
import { encodeDestination } from '../../src/ipvs/model/destination.ts';
import { encodeService } from '../../src/ipvs/model/service.ts';
import { encodeServiceKey } from '../../src/ipvs/model/service-key.ts';
import { commands } from '../../src/ipvs/wire/commands.ts';
import { type Bed, contractCase, familyCase } from './bed.ts';
import { web, web6 } from './expected.ts';

const server = { address: '192.0.2.20', port: 8080 };
const tunnel = { tunnel: 'ipip' } as const;

export function refusalContract(bed: Bed): void {
  describe('refusals', () => {
    contractCase(bed, 'a service that exists', async (ipvs) => {
      await ipvs.addService(web);
      await expectRefusal(ipvs.addService({ ...web, scheduler: 'rr' }), {
        message: 'Cannot add service tcp 192.0.2.10:80: the service exists already (EEXIST)',
        code: 'EEXIST',
        errno: 17,
        request: 'IPVS_CMD_NEW_SERVICE',
        reason: 'service-exists',
      });
    });

    contractCase(bed, 'a service that does not exist', async (ipvs) => {
      const absent = { code: 'ESRCH', errno: 3, reason: 'no-such-service' } as const;
      await expectRefusal(ipvs.removeService(web), {
        ...absent,
        message: 'Cannot remove service tcp 192.0.2.10:80: no such service (ESRCH)',
        request: 'IPVS_CMD_DEL_SERVICE',
      });
      await expectRefusal(ipvs.updateService(web6), {
        ...absent,
        message: 'Cannot update service tcp [2001:db8::10]:80: no such service (ESRCH)',
        request: 'IPVS_CMD_SET_SERVICE',
      });
      await expectRefusal(ipvs.destinations({ fwmark: 7 }), {
        ...absent,
        message: 'Cannot list the destinations of service fwmark 7: no such service (ESRCH)',
        request: 'IPVS_CMD_GET_SERVICE',
      });
      await expectRefusal(ipvs.addDestination(web, server), {
        ...absent,
        message: 'Cannot add destination 192.0.2.20:8080 to service tcp 192.0.2.10:80: no such service (ESRCH)',
        request: 'IPVS_CMD_NEW_DEST',
      });
      await expectRefusal(ipvs.zero(web), { ...absent, request: 'IPVS_CMD_ZERO' });
    });

    contractCase(bed, 'an unknown scheduler or persistence engine', async (ipvs) => {
      const unknown = { code: 'ENOENT', reason: 'no-such-scheduler' } as const;
      await expectRefusal(ipvs.addService({ ...web, scheduler: 'nonesuch' }), {
        ...unknown,
        message:
          'Cannot add service tcp 192.0.2.10:80 with scheduler nonesuch: no such scheduler or persistence engine (ENOENT)',
      });
      await expectRefusal(ipvs.addService({ ...web, scheduler: 'rr', persistence: { engine: 'nonesuch' } }), {
        ...unknown,
        message:
          'Cannot add service tcp 192.0.2.10:80 with scheduler rr and engine nonesuch: ' +
          'no such scheduler or persistence engine (ENOENT)',
      });
      expect(await ipvs.services()).toEqual([]);
      await ipvs.addService(web);
      await expectRefusal(ipvs.updateService({ ...web, scheduler: 'nonesuch' }), unknown);
      expect((await ipvs.service(web))?.scheduler).toBe('wlc');
    });

    contractCase(bed, 'a destination that exists or does not', async (ipvs) => {
      await ipvs.addService(web);
      await ipvs.addDestination(web, server);
      await expectRefusal(ipvs.addDestination(web, { ...server, weight: 3 }), {
        code: 'EEXIST',
        reason: 'destination-exists',
      });
      const absent = { code: 'ENOENT', reason: 'no-such-destination' } as const;
      await expectRefusal(ipvs.removeDestination(web, { ...server, port: 1 }), {
        ...absent,
        message: 'Cannot remove destination 192.0.2.20:1 from service tcp 192.0.2.10:80: no such destination (ENOENT)',
      });
      await expectRefusal(ipvs.updateDestination(web, { ...server, port: 1 }), absent);
    });

    // Beneath the API, which does not send most of them.
    familyCase(bed, 'destination addresses that cannot be', async (family) => {
      const add = (key: ServiceKey, like: string, address: string) => {
        const service = encodeServiceKey(key);
        const destination = { ...encodeDestination({ address: like, port: 80 }, service.family), address };
        return family.execute(commands.newDest, { service, destination }, requestErrors);
      };
      await Promise.all(
        [web, web6].map((spec) => family.execute(commands.newService, { service: encodeService(spec) })),
      );
      const refusal = { code: 'EINVAL', reason: 'invalid' } as const;
      for (const address of ['0.0.0.0', '255.255.255.255', '224.0.0.1', '192.0.2.255'])
        await expectRefusal(add(web, '192.0.2.20', address), refusal);
      for (const address of ['::', 'ff02::1', '::ffff:192.0.2.1', 'fe80::1234'])
        await expectRefusal(add(web6, '2001:db8::20', address), refusal);
    });

    contractCase(bed, 'timeouts beyond the clock', async (ipvs) => {
      await expectRefusal(ipvs.setTimeouts({ tcp: 1000, udp: 21474836 }), {
        message:
          'Cannot set the timeouts: a timeout is larger than this kernel can count (INT_MAX / HZ seconds) (EINVAL)',
        reason: 'invalid',
      });
      expect(await ipvs.timeouts()).toEqual({ tcp: 900, tcpFin: 120, udp: 300 });
    });

    contractCase(bed, 'sync daemons that cannot be', async (ipvs) => {
      await expectRefusal(ipvs.startDaemon({ state: 'master', interface: 'nonesuch' }), {
        message: 'Cannot start the master sync daemon on nonesuch: no such network interface (ENODEV)',
        reason: 'no-such-interface',
      });
      await expectRefusal(ipvs.stopDaemon('backup'), {
        message: 'Cannot stop the backup sync daemon: it is not running (ESRCH)',
        reason: 'no-such-daemon',
      });
      await ipvs.startDaemon({ state: 'backup', interface: 'd0' });
      await expectRefusal(ipvs.startDaemon({ state: 'backup', interface: 'd0' }), { reason: 'daemon-exists' });
      await ipvs.addService(web);
      const mixed = ipvs.addDestination(web, { address: '2001:db8::20', port: 80, forwarding: tunnel });
      await expectRefusal(mixed, { code: 'EINVAL', reason: 'invalid' });
      await ipvs.stopDaemon('backup');
      await ipvs.addDestination(web, { address: '2001:db8::20', port: 80, forwarding: tunnel });
      await expectRefusal(ipvs.startDaemon({ state: 'backup', interface: 'd0' }), {
        code: 'EINVAL',
        reason: 'invalid',
      });
    });
  });
}

interface ExpectedRefusal {
  readonly message?: string;
  readonly code?: string;
  readonly errno?: number;
  readonly request?: string;
  readonly reason: IpvsReason;
}

async function expectRefusal(promise: Promise<unknown>, expected: ExpectedRefusal): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(IpvsError);
  expect(error).toMatchObject(expected);
}
