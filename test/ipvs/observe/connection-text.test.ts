import { describe, expect, test } from 'vitest';
import { InputError, parseConnections } from '../../../src/ipvs/index.ts';

const title = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n';
const line = 'UDP 0A320002 D54A 0A320001 1388 0A3C0002 1770 UDP             295';

describe('connections in the text of the kernel', () => {
  test('are read with addresses, ports and seconds', () => {
    expect(parseConnections(`${title}${line}\n`)).toEqual([
      {
        protocol: 'udp',
        source: { address: '10.50.0.2', port: 54602 },
        virtual: { address: '10.50.0.1', port: 5000 },
        destination: { address: '10.60.0.2', port: 6000 },
        state: 'UDP',
        expires: 295,
      },
    ]);
  });

  test('may be of two families, and of a persistence engine', () => {
    const words =
      '2001:0db8:0000:0000:0000:0000:0000:0001 0000 0000:004d:0000:0000:0000:0000:0000:0000 0000 0A3C0002 1770';
    expect(parseConnections(`${title}IP  ${words} NONE              59 sip 7ca1@192.0.2.1\n`)).toEqual([
      {
        protocol: 'ip',
        source: { address: '2001:db8::1', port: 0 },
        virtual: { address: '0:4d::', port: 0 },
        destination: { address: '10.60.0.2', port: 6000 },
        state: 'NONE',
        expires: 59,
        engine: 'sip',
        engineData: '7ca1@192.0.2.1',
      },
    ]);
  });

  test('need no title, and may come from ip_vs_conn_sync', () => {
    const synchronised = line.replace(/ 295$/, ' SYNC       295');
    expect(parseConnections(line)).toHaveLength(1);
    expect(parseConnections(`${line}\n${synchronised}`)).toMatchObject([
      { state: 'UDP' },
      { origin: 'sync', expires: 295 },
    ]);
  });

  test('may have data of a persistence engine with blanks', () => {
    expect(parseConnections(`${line} sip a b  c\n`)).toMatchObject([{ engine: 'sip', engineData: 'a b  c' }]);
  });

  test('may be none', () => {
    expect(parseConnections(title)).toEqual([]);
    expect(parseConnections('')).toEqual([]);
  });

  test.each([
    line.replace('295', ''),
    line.replace('295', 'soon'),
    line.replace('0A320002', '0A3200'),
    line.replace('1388', '5000X'),
    'UDP',
    `${title}${title}`,
    line.replace('   ', ' ELSEWHERE '),
  ])('are nothing else: %s', (wrong) => {
    expect(() => parseConnections(`${title}${wrong}\n`)).toThrow(InputError);
  });
});
