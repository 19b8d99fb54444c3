import { addressBytes, addressText, familyOf } from '../base/ip';
import { answer, HEADER, type Query } from './message';
import { encodeName, readName } from './names';
import { CLASS_IN, recordOfQuestion, TYPE } from './records';

/** A namespace of a network, and its name. */
export interface Host {
  readonly name: string;
  /** IPv4 and IPv6, in canonical form. */
  readonly addresses: readonly string[];
}

// A name may refer to another namespace at any time, and a missing name may exist a moment later.
const TTL = 0;
const REVERSE4 = '.in-addr.arpa';
const REVERSE6 = '.ip6.arpa';
const LOOPBACK = ['127.0.0.1', '::1'];

/** The data of one record, without its place in a message. */
interface Data {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** The names that a network knows itself: its namespaces are NAME and NAME.<network>. */
export class Zone {
  readonly name: string;
  /** By name in lower case: the hosts with that name, by their spelling. */
  readonly #addresses = new Map<string, Map<string, Data[]>>();
  /** The names of each address; empty for a namespace without a valid name in DNS. */
  readonly #names = new Map<string, Data[]>();

  constructor(name: string, hosts: readonly Host[]) {
    this.name = name;
    for (const host of hosts) this.#add(host);
  }

  /**
   * The reply for a name or address that the network knows; undefined for others, which must be forwarded. A name that
   * no one on the network has is forwarded even below the network's own name: networks are called "dev" and "app", and
   * so are domains.
   */
  answer(query: Query): Buffer | undefined {
    if (query.class !== CLASS_IN) return undefined;
    const known = this.#localhost(query) ?? this.#reverse(query) ?? this.#forward(query);
    if (known === undefined) return undefined;
    // A name without a record of the type is no error: clients ask for A and AAAA, and use those that exist.
    const asked = known.filter(({ type }) => query.type === type || query.type === TYPE.ANY);
    const records = asked.map(({ type, bytes }) => recordOfQuestion(type, TTL, bytes));
    return answer(query, records, records.length > 0 ? [] : [START_OF_AUTHORITY]);
  }

  #add({ name, addresses }: Host): void {
    const plain = name.replace(/\.$/, '');
    const full = encodeName(`${plain}.${this.name}`);
    for (const address of addresses) {
      const data = full && { type: TYPE.PTR, bytes: full };
      this.#names.set(address, [...(this.#names.get(address) ?? []), ...(data ? [data] : [])]);
    }
    // A label of more than 63 bytes is not valid in DNS: no one can ask for it.
    if (full === undefined) return;
    const spelling = readName(full, 0) ?? plain;
    const folded = spelling.toLowerCase();
    const spellings = this.#addresses.get(folded) ?? new Map<string, Data[]>();
    this.#addresses.set(folded, spellings);
    spellings.set(spelling, [...(spellings.get(spelling) ?? []), ...addresses.map(dataOf)]);
  }

  #forward({ name, bytes }: Query): readonly Data[] | undefined {
    const spellings = this.#addresses.get(name) ?? this.#addresses.get(`${name}.${this.name.toLowerCase()}`);
    if (spellings === undefined) return undefined;
    // If the names of two namespaces differ only in case, each is found by its own spelling, and the first one by any
    // other.
    const asked = readName(bytes, HEADER) ?? name;
    const exact = spellings.get(asked) ?? spellings.get(`${asked}.${this.name}`);
    return exact ?? [...spellings.values()][0];
  }

  #reverse({ name }: Query): readonly Data[] | undefined {
    const address = addressOf(name);
    return address === undefined ? undefined : this.#names.get(address);
  }

  // Never forwarded (RFC 6761 6.3).
  #localhost({ name }: Query): readonly Data[] | undefined {
    return /^(.+\.)?localhost$/.test(name) ? LOOPBACK.map(dataOf) : undefined;
  }
}

function dataOf(address: string): Data {
  return { type: familyOf(address) === 'ip' ? TYPE.A : TYPE.AAAA, bytes: addressBytes(address) };
}

// The address in a reverse name: '2.0.0.10.in-addr.arpa', or 32 hexadecimal digits and '.ip6.arpa'.
function addressOf(name: string): string | undefined {
  if (name.endsWith(REVERSE4)) return name.slice(0, -REVERSE4.length).split('.').reverse().join('.');
  const digits = name.slice(0, -REVERSE6.length).split('.').reverse().join('');
  return name.endsWith(REVERSE6) && /^[0-9a-f]{32}$/.test(digits)
    ? addressText(Buffer.from(digits, 'hex'))
    : undefined;
}

// A negative answer carries its zone and its lifetime (RFC 2308). Here each name is a zone of its own, and the answer
// must not be cached.
const START_OF_AUTHORITY = recordOfQuestion(TYPE.SOA, TTL, startOfAuthority());

function startOfAuthority(): Buffer {
  const numbers = Buffer.alloc(20);
  // Serial, refresh, retry, expire, and lifetime of a negative answer.
  [1, 3600, 600, 86_400, TTL].forEach((value, index) => numbers.writeUInt32BE(value, 4 * index));
  const mailbox = encodeName('nobody.invalid') ?? Buffer.alloc(1);
  return Buffer.concat([Buffer.of(0xc0, 12), mailbox, numbers]);
}
