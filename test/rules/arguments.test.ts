import { expect, test } from 'vitest';
import { InputError } from '../../src/ipvs/index.ts';
import { formatRules, parseRules } from '../../src/rules/index.ts';

const invalid = (call: () => unknown) => {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error('nothing was thrown');
};

test.each([undefined, null, 5, Buffer.from('-C')])('parseRules(%j) is an InputError', (text) => {
  expect(invalid(() => parseRules(text as never))).toMatch(/^text must be a string, got /);
});

test.each([null, 5])('options %j are an InputError', (options) => {
  expect(invalid(() => parseRules('', options as never))).toBe(`options must be an object, got ${options}`);
  expect(invalid(() => formatRules([], options as never))).toBe(`options must be an object, got ${options}`);
});

test('a misspelt option is an InputError', () => {
  expect(invalid(() => parseRules('', { name: {} } as never))).toMatch(
    /^options\.name is unknown \(did you mean names\?\)/,
  );
  expect(invalid(() => formatRules([], { losless: true } as never))).toMatch(/\(did you mean lossless\?\)/);
});

async function* table() {}

test.each([undefined, null, {}, '-C'])('formatRules(%j) is an InputError', (value) => {
  expect(invalid(() => formatRules(value as never))).toMatch(/^table must be an iterable of entries/);
});

test('formatRules of an async iterable is an InputError that says what to do', () => {
  expect(invalid(() => formatRules(table() as never))).toMatch(
    /^table must be an iterable of entries; collect those of an async iterable first, got /,
  );
});

test('a daemon that cannot be started by its rule is an InputError', () => {
  const daemon = {
    state: 'master',
    interface: 'd0',
    maxLength: 1472,
    group: '224.0.0.81',
    port: 8848,
    ttl: 1,
  } as const;
  expect(invalid(() => formatRules([], { lossless: true, daemons: [{ ...daemon, syncId: 300 }] }))).toBe(
    "daemon.syncId cannot be expressed in ipvsadm's syntax, got 300",
  );
});

test('an interface that a rule cannot hold is an InputError', () => {
  const daemon = { state: 'master', syncId: 0, maxLength: 1472, group: '224.0.0.81', port: 8848, ttl: 1 } as const;
  for (const name of ['a\u001b[2J', '#0', 'wéb'])
    expect(invalid(() => formatRules([], { lossless: true, daemons: [{ ...daemon, interface: name }] }))).toMatch(
      /^daemon\.interface cannot be expressed in ipvsadm's syntax, got /,
    );
});
