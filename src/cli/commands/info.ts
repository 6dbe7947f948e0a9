import { toJson } from '../listing/index.ts';
import { defineCommand } from './command.ts';

export const info = defineCommand({
  name: 'info',
  synopsis: 'info [--json]',
  summary: 'print the version of IPVS and the size of its connection table',
  options: { json: { type: 'boolean', about: 'as JSON' } },
  async run({ values }, { open, stdout }) {
    const ipvs = await open({ readOnly: true });
    const { version, connectionTableSize } = await ipvs.info();
    const text = `IPVS ${version}, a connection table of ${connectionTableSize} buckets\n`;
    stdout.write(values.json ? toJson({ version, connectionTableSize }) : text);
    return 0;
  },
});
