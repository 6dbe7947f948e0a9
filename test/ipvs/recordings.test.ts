import { describe, expect, test } from 'vitest';
import { parseRecording, replay } from '../../src/netlink/index.ts';
import { checkCapture } from '../contract/capture.ts';
import { contract } from '../contract/index.ts';
import { readFixture, recordedKernels, recordedNames, versionOf } from '../support/fixtures.ts';
import { decodeConversation, unknownAttributes } from '../support/ipvs/decode.ts';
import { rulesFor } from '../support/ipvsadm/rules.ts';

describe.each(recordedKernels)('recorded on Linux %s', (recorded) => {
  const kernel = versionOf(recorded);

  // The contract again, against what the kernel said: every request must be byte for byte the one it was sent.
  contract({
    kernel,
    async connect(name) {
      const source = replay(readFixture(recorded, name));
      return {
        source,
        async end() {
          expect(source.remaining, 'recorded requests that were not made').toBe(0);
        },
      };
    },
  });

  test('ipvsadm sends the attributes that we send', () => {
    checkCapture(parseRecording(readFixture(recorded, 'ipvsadm')).exchanges, rulesFor(kernel));
  });

  test.each(recordedNames(recorded))('%s: a table knows every attribute', (name) => {
    const conversation = decodeConversation(parseRecording(readFixture(recorded, name)).exchanges);
    expect(conversation.length).toBeGreaterThan(0);
    expect(unknownAttributes(conversation)).toEqual([]);
  });
});
