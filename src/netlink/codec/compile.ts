import type { Codec } from './types.ts';

/** Makes a function of text in which the names of `constants` are known. Node can be told not to: then undefined. */
export function compile<T>(text: string, constants: Readonly<Record<string, unknown>>): T | undefined {
  try {
    return new Function(...Object.keys(constants), `return ${text};`)(...Object.values(constants)) as T;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}

/** The codecs of rows as constants: `codec0`, `codec1`, and `codec1_0` for the first form that a sibling may decide on. */
export function codecConstants(codecs: readonly Codec<unknown>[]): Record<string, Codec<unknown>> {
  const entries = codecs.flatMap((codec, i) => [
    [`codec${i}`, codec] as const,
    ...Object.values(codec.cases ?? {}).map((form, j) => [`codec${i}_${j}`, form] as const),
  ]);
  return Object.fromEntries(entries);
}

/** The header of an attribute, read as a 32-bit number, as an expression. */
export function headerExpression(type: number, length: number): string {
  return `littleEndian ? ${(type * 0x10000 + length) >>> 0} : ${(length * 0x10000 + type) >>> 0}`;
}

/** The codec of a row as an expression: where a sibling decides the form, that form's own, found without a lookup. */
export function codecExpression({ cases = {} }: Codec<unknown>, i: number, sibling: string): string {
  const chain = Object.keys(cases).map((name, j) => `${sibling} === ${JSON.stringify(name)} ? codec${i}_${j} : `);
  return `(${chain.join('')}codec${i})`;
}
