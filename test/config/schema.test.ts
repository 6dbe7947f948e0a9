import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { configSchema, file } from '../../src/config/file/file.ts';
import { InputError } from '../../src/errors/input-error.ts';

const path = new URL('../../schema.json', import.meta.url);
const schema = JSON.parse(readFileSync(path, 'utf8'));
const validate = new Ajv({ strict: true, strictTypes: false }).compile(schema);

/** A file with every property that there is. */
const everything = parseDocument(readFileSync(new URL('everything.yaml', import.meta.url), 'utf8')).toJS();

test('schema.json is that of the validator', async () => {
  await expect(`${JSON.stringify(configSchema(), undefined, 2)}\n`).toMatchFileSnapshot('../../schema.json');
});

test('the file with everything has every property of the schema', () => {
  expect(namesIn(everything)).toEqual(expect.arrayContaining(propertiesIn(schema)));
});

test('the schema takes what the validator takes, and nothing else', () => {
  expect(accepts(everything)).toBe(true);
  let [taken, refused] = [0, 0];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 }), (mutations) => {
      const value = structuredClone(everything);
      for (const [place, act, replacement] of mutations) mutate(value, place, act, replacement);
      expect(validate(value), JSON.stringify(validate.errors)).toBe(accepts(value));
      if (validate(value)) taken++;
      else refused++;
    }),
    { numRuns: 5000 },
  );
  expect(Math.min(taken, refused)).toBeGreaterThan(500);
});

function accepts(value: unknown): boolean {
  try {
    file.read(value, '');
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return false;
  }
}

const replacements = [
  ...['', 'tcp', 'up', '5m', '1.5h', '500ms', '5 m', '-1s', '10.0.0.5:80', '80-89', '80-', 'rr', 'gue'],
  ...[0, 1, -1, 0.5, 80, 65536, 4294967296, 2 ** 53, true, false, null],
  ...[[], {}, [80], ['tcp'], [{}], { type: 'tcp' }, { tunnel: 'ipip' }, { tunnel: 'gre', port: 1 }, { timeout: '5m' }],
];

/** Takes away, replaces, repeats or adds something somewhere. */
function mutate(value: unknown, place: number, act: number, replacement: number): void {
  const holders = holdersIn(value);
  const holder = holders[place % holders.length] as Record<string, unknown>;
  const names = Object.keys(holder);
  const name = names[act % (names.length || 1)] ?? 'x';
  const other = structuredClone(replacements[replacement % replacements.length]);
  const foreign = Object.entries(holders[replacement % holders.length] ?? {})[0] ?? ['x', other];
  const set = (property: string, what: unknown) => {
    if (Array.isArray(holder)) holder.push(what);
    else holder[property] = what;
  };
  const acts = [
    () => (Array.isArray(holder) ? holder.splice(Number(name), 1) : delete holder[name]),
    () => Object.assign(holder, { [name]: other }),
    () => set(`${name}x`, other),
    () => set(foreign[0], structuredClone(foreign[1])),
  ];
  acts[act % acts.length]?.();
}

/** All objects and arrays in a value. */
function holdersIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(holdersIn)];
}

function namesIn(value: unknown): string[] {
  return holdersIn(value).flatMap((each) => (Array.isArray(each) ? [] : Object.keys(each)));
}

/** The properties that a schema names, wherever. */
function propertiesIn(value: unknown): string[] {
  return holdersIn(value).flatMap((each) => Object.keys((each as { properties?: object }).properties ?? {}));
}
