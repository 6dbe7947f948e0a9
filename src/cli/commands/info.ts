import type { Features, Info } from '../../ipvs/index.ts';
import { toJson } from '../listing/index.ts';
import { defineCommand } from './command.ts';

export const info = defineCommand({
  name: 'info',
  synopsis: 'info [--features] [--json]',
  summary: 'print the version of IPVS and the size of its connection table',
  options: {
    features: {
      type: 'boolean',
      about: 'the kernel, and the schedulers and persistence engines it has, too; loads them',
    },
    json: { type: 'boolean', about: 'as JSON' },
  },
  async run({ values }, { open, stdout }) {
    const ipvs = await open({ readOnly: true });
    const info = await ipvs.info();
    const features = values.features ? await ipvs.features() : undefined;
    stdout.write(values.json ? toJson({ ...info, ...features }) : infoText(info) + featuresText(features));
    return 0;
  },
});

function infoText({ version, connectionTableSize }: Info): string {
  return `IPVS ${version}, a connection table of ${connectionTableSize} buckets\n`;
}

function featuresText(features: Features | undefined): string {
  if (!features) return '';
  const { kernelRelease, schedulers, persistenceEngines } = features;
  const kernel = `Linux ${kernelRelease}\n`;
  if (!schedulers || !persistenceEngines) return `${kernel}No IPv6, without which schedulers cannot be asked for\n`;
  const words = (names: readonly string[]) => (names.length > 0 ? names.join(' ') : 'none');
  return `${kernel}Schedulers: ${words(schedulers)}\nPersistence engines: ${words(persistenceEngines)}\n`;
}
