import type { Form } from './options.ts';

const service = 'Prot LocalAddress:Port';
const destination = '  -> RemoteAddress:Port';
const described = `${service} Scheduler Flags`;

/** The two lines above the entries of a listing, by its form. */
export const titles: Readonly<Record<Form | 'plain', string>> = {
  plain: `${described}\n${destination}           Forward Weight ActiveConn InActConn\n`,
  'tun-info': `${described}\n${destination}           Forward TunnelInfo    Weight ActiveConn InActConn\n`,
  stats: columns(['Conns', 'InPkts', 'OutPkts', 'InBytes', 'OutBytes'].map((title) => title.padStart(8))),
  rate: columns(['CPS', 'InPPS', 'OutPPS', 'InBPS', 'OutBPS'].map((title) => title.padStart(8))),
  thresholds: columns(['Uthreshold', 'Lthreshold', 'ActiveConn', 'InActConn '].map((title) => title.padEnd(10))),
  'persistent-conn': columns(['Weight   ', 'PersistConn', 'ActiveConn', 'InActConn ']),
};

function columns(words: readonly string[]): string {
  return `${[service.padEnd(33), ...words].join(' ')}\n${destination}\n`;
}
