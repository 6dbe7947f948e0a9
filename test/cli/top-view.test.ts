import { expect, test } from 'vitest';
import { columns } from '../../src/cli/top/columns.ts';
import { renderView, type View } from '../../src/cli/top/view.ts';
import { expectedService } from '../support/ipvs/arbitrary.ts';

test('a table that has become shorter than it is scrolled is shown all the same', () => {
  const service = expectedService({ protocol: 'tcp', address: '192.0.2.1', port: 80 });
  const view: View = {
    ...{ table: [{ service, destinations: [] }], totals: service.statistics, sortBy: columns[0] as View['sortBy'] },
    ...{ ascending: false, filter: '', typing: false, offset: 40 },
  };
  const lines = renderView(view, { columns: 80, rows: 6 }).map(({ text }) => text);
  expect(lines).toHaveLength(6);
  expect(lines[2]).toMatch(/^tcp 192\.0\.2\.1:80 /);
});
