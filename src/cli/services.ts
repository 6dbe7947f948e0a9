import { readFile } from 'node:fs/promises';

/** A service of /etc/services. */
export interface NamedService {
  /** Its name and its aliases. */
  readonly names: readonly string[];
  readonly port: number;
  /** `'tcp'`, `'udp'`, `'sctp'`, ... */
  readonly protocol: string;
}

/** The services of /etc/services, as services(5) describes it; none where there is no such file. */
export async function readServices(): Promise<NamedService[]> {
  const text = await readFile('/etc/services', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name, port = '', ...aliases] = line.replace(/#.*/, '').split(/\s+/).filter(Boolean);
    const [number, protocol] = port.split('/');
    return name && protocol ? { names: [name, ...aliases], port: Number(number), protocol } : [];
  });
}
