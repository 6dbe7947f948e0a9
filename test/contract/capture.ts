import { expect } from 'vitest';
import { encodeDestination } from '../../src/ipvs/model/destination.ts';
import { encodeService } from '../../src/ipvs/model/service.ts';
import type { Recording } from '../../src/netlink/index.ts';
import { type Decoded, decodeConversation, unknownAttributes } from '../support/ipvs/decode.ts';
import type { Rule } from '../support/ipvsadm/rules.ts';

/**
 * What ipvsadm said to build a table, and what the kernel answered when it listed it, must be in our tables what we
 * would say and what was meant. The conversation is `ipvsadm -R` of the rules, then `ipvsadm -Ln`.
 */
export function checkCapture(recording: Recording, rules: readonly Rule[]): void {
  const conversation = decodeConversation(recording);
  expect(unknownAttributes(conversation)).toEqual([]);
  const requests = (name: string) => conversation.map(({ request }) => request).filter((each) => each.name === name);

  const services = rules.map(({ service }) => encodeService(service));
  expect(requests('IPVS_CMD_NEW_SERVICE').map(({ fields }) => fields.service)).toEqual(services);

  const destinations = rules.flatMap(({ service, destinations }) =>
    destinations.map(({ destination }) => encodeDestination(destination, encodeService(service).family)),
  );
  expect(requests('IPVS_CMD_NEW_DEST').map(({ fields }) => fields.destination)).toEqual(destinations);

  const replies = conversation.filter(({ request }) => request.dump).flatMap(({ replies }) => replies);
  expect(listed(replies, 'service')).toHaveLength(services.length);
  expect(listed(replies, 'destination')).toHaveLength(destinations.length);
}

function listed(replies: readonly Decoded[], what: 'service' | 'destination'): unknown[] {
  return replies.flatMap(({ fields }) => fields[what] ?? []);
}
