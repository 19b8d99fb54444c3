import type { Answer } from 'dns-packet';
import { addressText, familyOf } from '../ip';
import { type Query, answer, NOERROR } from './message';

/** The names that a network knows itself. */
export interface Zone {
  /** The network's name: its namespaces are NAME and NAME.<zone>. */
  readonly name: string;
  readonly hosts: readonly Host[];
}

interface Host {
  readonly name: string;
  /** IPv4 and IPv6, as everybody writes them. */
  readonly addresses: readonly string[];
}

// A name may mean another namespace at any time.
const TTL = 0;
const REVERSE4 = '.in-addr.arpa';
const REVERSE6 = '.ip6.arpa';

/**
 * The answer to what the network knows; undefined for what others must be asked. A name that nobody on the network has is
 * such a question even below the network's own: networks are called "dev" and "app", and so are domains.
 */
export function answerLocally(query: Query, zone: Zone): Buffer | undefined {
  if (query.class !== 'IN') return undefined;
  const records = query.name.endsWith('.arpa') ? namesOf(query, zone) : addressesOf(query, zone);
  if (records.length === 0) return undefined;
  // A name without a record of that type is no error: clients ask for A and AAAA, and take what there is.
  const asked = records.filter(({ type }) => query.type === type || query.type === 'ANY');
  return answer(query, NOERROR, asked);
}

function addressesOf(query: Query, { name: zone, hosts }: Zone): Answer[] {
  const isMeant = ({ name }: Host): boolean =>
    [name, `${name}.${zone}`].some((one) => one.toLowerCase() === query.name);
  return hosts
    .filter(isMeant)
    .flatMap(({ addresses }) => addresses)
    .map((data) => record(query, familyOf(data) === 'ip' ? 'A' : 'AAAA', data));
}

function namesOf(query: Query, { name: zone, hosts }: Zone): Answer[] {
  const address = reversed(query.name);
  return hosts
    .filter(({ addresses }) => address !== undefined && addresses.includes(address))
    .map(({ name }) => record(query, 'PTR', `${name}.${zone}`));
}

// The address whose name is asked for, '2.0.0.10.in-addr.arpa' or 32 hexadecimal digits and '.ip6.arpa'.
function reversed(name: string): string | undefined {
  if (name.endsWith(REVERSE4)) return name.slice(0, -REVERSE4.length).split('.').reverse().join('.');
  const digits = name.slice(0, -REVERSE6.length).split('.').reverse().join('');
  return name.endsWith(REVERSE6) && /^[0-9a-f]{32}$/.test(digits)
    ? addressText(Buffer.from(digits, 'hex'))
    : undefined;
}

function record({ name }: Query, type: 'A' | 'AAAA' | 'PTR', data: string): Answer {
  return { type, name, class: 'IN', ttl: TTL, data };
}
