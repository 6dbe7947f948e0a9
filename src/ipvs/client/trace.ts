import debug from 'debug';
import { recordTransport, type Transport, traced } from '../../netlink/index.ts';
import { commands, FAMILY } from '../wire/commands.ts';

const vocabulary = { [FAMILY]: Object.values(commands) };

/**
 * Shows a transport's messages on stderr where the environment asks for it: `DEBUG=ipvs:message` in words,
 * `DEBUG=ipvs:bytes` in the format of a recorded conversation, `DEBUG=ipvs:*` both.
 */
export function traceFromEnvironment(transport: Transport): Transport {
  const [message, bytes] = [debug('ipvs:message'), debug('ipvs:bytes')];
  let result = transport;
  if (bytes.enabled) result = recordTransport(result, (line) => line && bytes('%s', line));
  if (message.enabled) result = traced(result, vocabulary, (line) => message('%s', line));
  return result;
}
