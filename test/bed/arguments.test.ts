import { describe, expect, test } from 'vitest';
import { architectures, findArchitecture, kernelName, ownArchitecture } from './architectures.ts';
import { parseChoice } from './arguments.ts';
import { usual } from './kernels/kernels.ts';

/** One that this machine is not. */
const other = architectures.find((architecture) => architecture !== ownArchitecture)?.name ?? '';

describe('the beds', () => {
  test('are the usual kernel, unless one is chosen', () => {
    expect(parseChoice(['--package', '.', '--package', 'packages/kubernetes'])).toMatchObject({
      kernels: [usual],
      byDefault: true,
      packages: ['.', 'packages/kubernetes'],
    });
    expect(parseChoice(['--kernel', usual])).toMatchObject({ kernels: [usual], byDefault: false, packages: ['.'] });
    expect(parseChoice(['--host'])).toMatchObject({ kernels: [], byDefault: false });
    expect(parseChoice(['--uml'])).toMatchObject({ kernels: [usual], byDefault: false });
  });
});

describe('the architecture', () => {
  test('is that of this machine unless another is chosen', () => {
    expect(parseChoice([])).toMatchObject({ kernels: [usual], architecture: ownArchitecture });
    for (const architecture of architectures)
      expect(parseChoice(['--arch', architecture.name, '--kernel', '6.12'])).toMatchObject({
        kernels: ['6.12'],
        architecture,
      });
  });

  test('leaves words for vitest alone', () => {
    expect(parseChoice(['--arch', other, '--', '-t', 'contract']).rest).toEqual(['-t', 'contract']);
  });

  test('is one of those that there are', () => {
    expect(() => parseChoice(['--arch', 'mips'])).toThrow(
      'There is no architecture mips in the test bed; there are amd64, arm64',
    );
  });

  test.each([['--uml'], ['--host'], ['--package', 'packages/kubernetes']])(
    'of another machine goes without %s',
    (...words) => {
      expect(() => parseChoice(['--arch', other, ...words])).toThrow(
        `${words[0]} runs programs of this machine, so it cannot be combined with --arch ${other}.`,
      );
    },
  );

  test('is in the name of a kernel, unless it is the usual one', () => {
    expect(kernelName('6.12', findArchitecture('amd64'))).toBe('6.12');
    expect(kernelName('6.12', findArchitecture('arm64'))).toBe('6.12 arm64');
  });
});
