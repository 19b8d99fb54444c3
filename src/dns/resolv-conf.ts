import fs from 'node:fs';
import { isIP } from 'node:net';
import os from 'node:os';

/** The contents of a resolv.conf, by resolv.conf(5) and with the limits of the C library. */
export interface ResolvConf {
  /** Addresses, in the order in which to ask them. A zone, as in 'fe80::1%eth0', names a device of the asking namespace. */
  readonly nameservers: readonly string[];
  /** The search domains for short names. */
  readonly search: readonly string[];
  /** A name with at least this many dots is first tried unchanged. */
  readonly ndots: number;
  /** Time allowed for the first server, in seconds. */
  readonly timeout: number;
  /** How often to ask all servers. */
  readonly attempts: number;
  /** Start with a random server. */
  readonly rotate: boolean;
  /** Ask servers over TCP only. */
  readonly useVc: boolean;
  /** Queries announce that an answer may exceed 512 bytes. */
  readonly edns0: boolean;
  /** Do not ask for IPv6 addresses. */
  readonly noAaaa: boolean;
  /** Do not try a name without a dot unchanged. */
  readonly noTldQuery: boolean;
}

/** Reads a file; undefined if there is none. */
type Read = (path: string) => string | undefined;

/** Environment variables that override the file for one process: LOCALDOMAIN and RES_OPTIONS. */
export type Overrides = Readonly<Record<string, string | undefined>>;

const OWN = '/etc/resolv.conf';
/** The file in which systemd-resolved lists its own upstream servers. */
const BEHIND_STUB = '/run/systemd/resolve/resolv.conf';
const LOCAL_SERVER = '127.0.0.1';
/** The C library's limits (MAXNS, RES_MAXNDOTS, RES_MAXRETRANS, RES_MAXRETRY). */
const MOST = { servers: 3, ndots: 15, timeout: 30, attempts: 5 };
const DEFAULTS = { ndots: 1, timeout: 5, attempts: 2 };

/**
 * The resolvers of a host: this machine, or a namespace used as a host; a named one may have its own file. A resolver
 * on a loopback address serves only its own namespace. It is asked all the same, from inside the host, at no cost if it
 * is absent: it knows names that its upstream servers do not, such as those of a VPN.
 */
export function hostResolvers(hostName: string | undefined, read: Read = readIfThere): ResolvConf {
  const own = parseResolvConf(hostFile(hostName, read) ?? '');
  const stubbed = own.nameservers.some(isLoopback);
  const behind = stubbed ? serversIn(read(BEHIND_STUB) ?? '') : [];
  return { ...own, nameservers: [...new Set([...own.nameservers, ...behind])] };
}

/** The resolv.conf of a namespace by name, else the machine's; undefined if there is neither. */
export function hostFile(hostName: string | undefined, read: Read = readIfThere): string | undefined {
  const named = hostName === undefined ? undefined : read(`/etc/netns/${hostName}/resolv.conf`);
  return named ?? read(OWN);
}

/**
 * Parses a resolv.conf as the C library does: keywords start a line, the last `search` or `domain` counts, options add
 * up, and unknown text is ignored. Without a server, the local machine's is used.
 */
export function parseResolvConf(text: string, overrides: Overrides = {}): ResolvConf {
  const lines = text.split('\n').filter((line) => /^[a-z]/.test(line));
  const entries = lines.map((line) =>
    line
      .replace(/[;#].*/, '')
      .trim()
      .split(/\s+/),
  );
  const all = (keyword: string): string[][] =>
    entries.filter(([first]) => first === keyword).map(([, ...values]) => values);
  const domains = entries
    .filter(([first, value]) => (first === 'search' || first === 'domain') && value !== undefined)
    .at(-1);
  const [keyword, ...listed] = domains ?? [];
  const given =
    overrides['LOCALDOMAIN']?.split(/\s+/) ?? (keyword === 'domain' ? listed.slice(0, 1) : listed);
  const search = domains === undefined && overrides['LOCALDOMAIN'] === undefined ? ownDomain() : given;
  const servers = serversIn(text);
  return {
    nameservers: servers.length > 0 ? servers : [LOCAL_SERVER],
    // systemd writes "search ." for no domains.
    search: search.map((domain) => domain.replace(/^\.|\.$/g, '')).filter((domain) => domain !== ''),
    ...optionsOf([...all('options').flat(), ...(overrides['RES_OPTIONS']?.split(/\s+/) ?? [])]),
  };
}

/** The same servers, rotated to start with a random one. */
export function rotated(servers: readonly string[]): string[] {
  const first = Math.floor(Math.random() * servers.length);
  return [...servers.slice(first), ...servers.slice(0, first)];
}

/** Writes a resolv.conf for programs to read. */
export function resolvConfText({ nameservers, search }: Pick<ResolvConf, 'nameservers' | 'search'>): string {
  const domains = search.length > 0 ? `search ${search.join(' ')}\n` : '';
  return `${domains}${nameservers.map((server) => `nameserver ${server}\n`).join('')}`;
}

function serversIn(text: string): string[] {
  const found = [...text.matchAll(/^nameserver[ \t]+([^\s;#]+)/gm)].map(([, address = '']) => address);
  return found.filter((address) => isIP(address) !== 0).slice(0, MOST.servers);
}

function optionsOf(words: readonly string[]): Omit<ResolvConf, 'nameservers' | 'search'> {
  const number = (name: keyof typeof DEFAULTS, least: number): number => {
    const word = words.filter((one) => one.startsWith(`${name}:`)).at(-1);
    if (word === undefined) return DEFAULTS[name];
    const value = Number.parseInt(word.slice(name.length + 1), 10) || 0;
    return Math.min(MOST[name], Math.max(least, value));
  };
  return {
    ...{ ndots: number('ndots', 0), timeout: number('timeout', 1), attempts: number('attempts', 1) },
    ...{ rotate: words.includes('rotate'), useVc: words.includes('use-vc'), edns0: words.includes('edns0') },
    ...{ noAaaa: words.includes('no-aaaa'), noTldQuery: words.includes('no-tld-query') },
  };
}

// Without a list, the domain of the machine's own name is searched.
function ownDomain(): string[] {
  const [, ...domain] = os.hostname().split('.');
  return [domain.join('.')];
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** The text of a file; undefined if it cannot be read. */
export function readIfThere(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
