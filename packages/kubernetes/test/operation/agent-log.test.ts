import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ApiError } from '../../src/api/api-error.ts';
import { logCluster } from '../../src/operation/agent-log.ts';

test('each failure of the API server is logged, and that it is over', () => {
  const lines: { level: number; kind: string; err?: { message: string } }[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line));
  const { onFailure, onConnected } = logCluster(
    pino(new Writable({ write: (line, _, done) => done(void write(`${line}`)) })),
  );
  onConnected?.('Service'); // nothing was wrong
  onFailure?.('Service', new ApiError('ERR_KUBERNETES_CONNECTION', 'it is away'));
  onFailure?.('Service', new ApiError('ERR_KUBERNETES_CONNECTION', 'it is away'));
  onConnected?.('Service');
  onConnected?.('Service');
  expect(lines.map(({ level, kind }) => [level, kind])).toEqual([
    [40, 'Service'],
    [40, 'Service'],
    [30, 'Service'],
  ]);
  expect(lines[0]?.err?.message).toContain('it is away');
});
