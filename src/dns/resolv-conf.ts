import fs from 'node:fs';
import { isIP } from 'node:net';
import os from 'node:os';

/** What a resolv.conf says, by resolv.conf(5) and with the limits of the C library. */
export interface ResolvConf {
  /** Addresses, in the order in which to ask them; a device behind one, as in 'fe80::1%eth0', is the asker's. */
  readonly nameservers: readonly string[];
  /** Domains that short names are looked for in. */
  readonly search: readonly string[];
  /** A name with so many dots is first tried as it is. */
  readonly ndots: number;
  /** How long the first server may take, in seconds. */
  readonly timeout: number;
  /** How often all of them are asked. */
  readonly attempts: number;
  /** Questions begin with one server or another. */
  readonly rotate: boolean;
  /** Servers are asked by TCP alone. */
  readonly useVc: boolean;
  /** Questions say that an answer may be larger than 512 bytes. */
  readonly edns0: boolean;
  /** Nobody is asked for IPv6 addresses. */
  readonly noAaaa: boolean;
  /** A name without a dot is not tried as it is. */
  readonly noTldQuery: boolean;
}

/** The file's text; undefined if there is none. */
type Read = (path: string) => string | undefined;

/** What overrides the file for one process: LOCALDOMAIN and RES_OPTIONS. */
export type Overrides = Readonly<Record<string, string | undefined>>;

const OWN = '/etc/resolv.conf';
/** Where systemd-resolved tells which servers it asks itself. */
const BEHIND_STUB = '/run/systemd/resolve/resolv.conf';
const LOCAL_SERVER = '127.0.0.1';
/** As the C library has them (MAXNS, RES_MAXNDOTS, RES_MAXRETRANS, RES_MAXRETRY). */
const MOST = { servers: 3, ndots: 15, timeout: 30, attempts: 5 };
const DEFAULTS = { ndots: 1, timeout: 5, attempts: 2 };

/**
 * The resolvers of a host, which is this machine or a namespace that plays it; a named one may have a file of its own.
 * A resolver on a loopback address serves only the namespace that it lives in. It is asked all the same, from inside the
 * host, which costs nothing where it is not: it knows what the servers behind it do not, such as the names of a VPN.
 */
export function hostResolvers(hostName: string | undefined, read: Read = readIfThere): ResolvConf {
  const own = parseResolvConf(hostFile(hostName, read) ?? '');
  const stubbed = own.nameservers.some(isLoopback);
  const behind = stubbed ? serversIn(read(BEHIND_STUB) ?? '') : [];
  return { ...own, nameservers: [...new Set([...own.nameservers, ...behind])] };
}

/** The resolv.conf of a namespace by its name, or else the machine's; undefined if there is neither. */
export function hostFile(hostName: string | undefined, read: Read = readIfThere): string | undefined {
  const named = hostName === undefined ? undefined : read(`/etc/netns/${hostName}/resolv.conf`);
  return named ?? read(OWN);
}

/**
 * Reads a resolv.conf as the C library does: a keyword begins its line, the last `search` or `domain` counts, options add up,
 * and what is not understood is ignored. Without a server the one of the local machine is asked.
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
    // systemd writes "search ." for none.
    search: search.map((domain) => domain.replace(/^\.|\.$/g, '')).filter((domain) => domain !== ''),
    ...optionsOf([...all('options').flat(), ...(overrides['RES_OPTIONS']?.split(/\s+/) ?? [])]),
  };
}

/** The same servers, beginning with any of them. */
export function rotated(servers: readonly string[]): string[] {
  const first = Math.floor(Math.random() * servers.length);
  return [...servers.slice(first), ...servers.slice(0, first)];
}

/** A resolv.conf that says so, for programs to read. */
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

// Without a list the domain of the machine's own name is searched.
function ownDomain(): string[] {
  const [, ...domain] = os.hostname().split('.');
  return [domain.join('.')];
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** The text of a file; undefined if there is none that can be read. */
export function readIfThere(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
