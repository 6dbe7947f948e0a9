import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One place packages come from, as a line or a stanza of apt's sources names it. */
type Source = { uri: string; suite: string; components: string[] };

/** The Debian mirror to fetch kernels from: $IPVS_DEBIAN_MIRROR, or the one this machine's own apt uses. */
export function debianMirror(): string {
  const mirror = process.env['IPVS_DEBIAN_MIRROR'] || machineSources().find(isDebianArchive)?.uri;
  if (mirror) return mirror;
  throw new Error('No Debian mirror in the apt sources of this machine: set IPVS_DEBIAN_MIRROR to the URL of one.');
}

/** Other vendors use Debian's suite names too; only the archive itself has "main" below a path of its own name. */
function isDebianArchive({ uri, suite, components }: Source): boolean {
  return /^(https?|mirror\S*):.*\/debian(\/|\.|$)/.test(uri) && !suite.includes('/') && components.includes('main');
}

function machineSources(root = '/etc/apt'): Source[] {
  const parts = join(root, 'sources.list.d');
  const files = existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : [];
  return [join(root, 'sources.list'), ...files.sort()].filter(existsSync).flatMap(readSources);
}

function readSources(path: string): Source[] {
  const text = readFileSync(path, 'utf8').replace(/^\s*#.*\n?/gm, '');
  if (path.endsWith('.sources')) return text.split(/\n\s*\n/).flatMap(readStanza);
  return path.endsWith('.list') ? text.split('\n').flatMap(readLine) : [];
}

/** `deb [options] URI suite component...` */
function readLine(line: string): Source[] {
  const [, uri, suite, components] = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(line) ?? [];
  return uri && suite ? [{ uri, suite, components: words(components) }] : [];
}

/** `Types:`, `URIs:`, `Suites:` and `Components:`, each with several words. */
function readStanza(stanza: string): Source[] {
  const field = (name: string) => words(new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1]);
  if (!field('Types').includes('deb') || field('Enabled').includes('no')) return [];
  const components = field('Components');
  return field('URIs').flatMap((uri) => field('Suites').map((suite) => ({ uri, suite, components })));
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter(Boolean);
}
