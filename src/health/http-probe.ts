import { request as httpRequest, type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { InputError } from '../errors/input-error.ts';
import { assertKnownProperties } from '../errors/known-properties.ts';
import { assertInteger, assertObject } from '../errors/validate.ts';
import { describeEndpoint } from '../ipvs/model/service-key.ts';
import { checkPort } from './options.ts';
import { type Probe, ProbeError } from './probe.ts';

/** Options of {@link httpProbe}. */
export interface HttpProbeOptions {
  /** Begins with `/`, and has neither spaces nor characters beyond Latin-1. Default `'/'`. */
  readonly path?: string | undefined;
  /** The port to connect to. Default: the destination's. */
  readonly port?: number | undefined;
  /** Default `'GET'`. */
  readonly method?: string | undefined;
  /** Sent with the request; `host` is the address and port by default. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Status codes that are well. Default: 200 to 299. Redirections are not followed. */
  readonly status?: readonly number[] | undefined;
  /** What the body must contain, or match, in its first 64 KiB, read as UTF-8. Default: the body is not read. */
  readonly body?: string | RegExp | undefined;
  /** Speaks HTTP over TLS. Default false. */
  readonly tls?: boolean | undefined;
  /** The name to ask for and to look for in the certificate (SNI). Default: none. */
  readonly serverName?: string | undefined;
  /** Whether the certificate must be valid. Default: only where `serverName` says for which name. */
  readonly verify?: boolean | undefined;
}

const MAX_BODY = 64 * 1024;

/**
 * A server is well when it answers an HTTP request with the expected status and body. Throws InputError.
 * @example
 * ```ts
 * const probe = httpProbe({ path: '/health', body: /ok/, tls: true, serverName: 'www.example.com' });
 * ```
 */
export function httpProbe(options: HttpProbeOptions = {}): Probe {
  checkOptions(options);
  const { path = '/', method = 'GET', headers, tls = false, serverName, verify = serverName !== undefined } = options;
  // A response per connection: one that is kept open says nothing about taking new ones.
  const common = { path, method, headers, agent: false as const };
  return async ({ address, port: own }, { signal }) => {
    const target = { ...common, host: address, port: options.port ?? own, signal };
    const name = describeEndpoint(address, target.port);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = tls
        ? httpsRequest({ ...target, servername: serverName ?? '', rejectUnauthorized: verify }, resolve)
        : httpRequest(target, resolve);
      sent.on('error', (cause: NodeJS.ErrnoException) =>
        reject(
          new ProbeError(
            signal.aborted
              ? `No answer from ${name} in time`
              : `No answer from ${name} (${cause.code ?? cause.message})`,
            { cause },
          ),
        ),
      );
      // Such an answer comes with the connection, on which another protocol is to go on.
      const resolveAlone = (answer: IncomingMessage, connection: Duplex) => {
        connection.destroy();
        resolve(answer);
      };
      sent.on('upgrade', resolveAlone).on('connect', resolveAlone);
      sent.on('close', () => reject(new ProbeError(`No answer from ${name}`)));
      sent.end();
    });
    try {
      await check(response, name, options);
    } finally {
      response.destroy();
    }
  };
}

const OPTIONS = ['path', 'port', 'method', 'headers', 'status', 'body', 'tls', 'serverName', 'verify'];

function checkOptions(options: HttpProbeOptions): void {
  assertKnownProperties('probe', options, OPTIONS);
  const {
    path = '/',
    port,
    method = 'GET',
    headers = {},
    status,
    body,
    tls = false,
    serverName = '',
    verify = false,
  } = options;
  checkPort(port);
  assertRequest(path, method, headers);
  if (status !== undefined && !Array.isArray(status))
    throw new InputError('must be an array of status codes', status, 'probe.status');
  for (const [i, code] of (status ?? []).entries()) assertInteger(`probe.status[${i}]`, code, 100, 599);
  if (body !== undefined && typeof body !== 'string' && !(body instanceof RegExp))
    throw new InputError('must be a text or a regular expression', body, 'probe.body');
  if (typeof serverName !== 'string') throw new InputError('must be a name', serverName, 'probe.serverName');
  for (const [name, value] of Object.entries({ tls, verify }))
    if (typeof value !== 'boolean') throw new InputError('must be true or false', value, `probe.${name}`);
}

/** Throws InputError for what Node would refuse only once the request is made. */
function assertRequest(path: unknown, method: unknown, headers: object): void {
  if (typeof path !== 'string' || !path.startsWith('/'))
    throw new InputError("must begin with '/'", path, 'probe.path');
  if (/[^\u0021-\u00ff]/.test(path))
    throw new InputError('must not have spaces, control characters or characters beyond Latin-1', path, 'probe.path');
  if (typeof method !== 'string' || !isValid(() => validateHeaderName(method)))
    throw new InputError('must be a method, such as GET', method, 'probe.method');
  assertObject('probe.headers', headers);
  for (const [name, value] of Object.entries(headers)) {
    const place = `probe.headers.${name}`;
    if (!isValid(() => validateHeaderName(name))) throw new InputError('must be the name of a header', name, place);
    if (!isValid(() => validateHeaderValue(name, value)))
      throw new InputError('must be the value of a header', value, place);
  }
}

function isValid(validate: () => void): boolean {
  try {
    validate();
    return true;
  } catch {
    return false;
  }
}

async function check(response: IncomingMessage, name: string, { status, body }: HttpProbeOptions): Promise<void> {
  const { statusCode = 0 } = response;
  const expected = status ? status.includes(statusCode) : statusCode >= 200 && statusCode < 300;
  if (!expected) throw new ProbeError(`${name} answers with status ${statusCode}`);
  if (body === undefined) return;
  const text = await readBody(response, name);
  if (!(typeof body === 'string' ? text.includes(body) : text.search(body) >= 0))
    throw new ProbeError(`${name} answers with another body`);
}

async function readBody(response: IncomingMessage, name: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of response) {
      pieces.push(piece);
      length += piece.length;
      if (length >= MAX_BODY) break;
    }
  } catch (cause) {
    throw new ProbeError(`${name} did not finish its answer`, { cause });
  }
  return Buffer.concat(pieces).subarray(0, MAX_BODY).toString();
}
