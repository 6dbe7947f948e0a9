import { type Kernel, readText } from '../../../src/linux/kernel.ts';

/** Every service in `/proc/net/ip_vs` with its destinations, in an order of their own. */
export async function sortedServices(kernel: Kernel): Promise<string[]> {
  const [head = '', ...services] = (await readText(kernel, '/proc/net/ip_vs')).split(/^(?=\w+ {2})/m);
  return [head, ...services.sort()];
}
