import fs from 'node:fs';
import { isIP } from 'node:net';

/** What a resolv.conf says, as far as it concerns us. */
export interface ResolvConf {
  /** Addresses, in the order in which to ask them. */
  readonly nameservers: readonly string[];
  /** Domains that short names are looked for in. */
  readonly search: readonly string[];
}

/** The file's text; undefined if there is none. */
type Read = (path: string) => string | undefined;

const OWN = '/etc/resolv.conf';
/** Where systemd-resolved tells which servers it asks itself. */
const BEHIND_STUB = '/run/systemd/resolve/resolv.conf';

/**
 * The resolvers of a host, which is this machine or a namespace that plays it; a named one may have a file of its own.
 * A resolver on a loopback address serves only the namespace that it lives in. It is asked all the same, from inside the
 * host, which costs nothing where it is not: it knows what the servers behind it do not, such as the names of a VPN.
 */
export function hostResolvers(hostName: string | undefined, read: Read = readIfThere): ResolvConf {
  const named = hostName === undefined ? undefined : read(`/etc/netns/${hostName}/resolv.conf`);
  const own = parseResolvConf(named ?? read(OWN) ?? '');
  const stubbed = own.nameservers.length === 0 || own.nameservers.some(isLoopback);
  const behind = stubbed ? parseResolvConf(read(BEHIND_STUB) ?? '').nameservers : [];
  return { nameservers: [...new Set([...own.nameservers, ...behind])], search: own.search };
}

/** Reads a resolv.conf as resolv.conf(5) has it: the last `search` or `domain` counts. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  let search: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    const [value = ''] = values;
    if (keyword === 'nameserver' && isIP(value) !== 0) nameservers.push(value);
    if (keyword === 'domain') search = [value];
    if (keyword === 'search') search = values;
  }
  // systemd writes "search ." for none.
  return { nameservers, search: search.filter((domain) => domain !== '.' && domain !== '') };
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
