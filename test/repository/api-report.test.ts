import { expect, test } from 'vitest';
import { reportApi } from '../support/docs/api-report.ts';

test('docs/api.d.ts is what the package exports, so that a change of it is seen', async () => {
  await expect(reportApi()).toMatchFileSnapshot('../../docs/api.d.ts');
}, 120_000);
