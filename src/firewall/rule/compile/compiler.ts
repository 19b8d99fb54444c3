import { ValidationError } from '../../../errors/errors';
import type { Expression } from '../../nft/expressions';
import { type HeaderField, NETWORK_OF, TRANSPORT_OF } from '../../text/values/headers';
import { ETHER_TYPE } from '../../text/values/symbols';
import { typeNamed } from '../../text/values/types';
import { bytesFrom } from '../../text/values/values';
import type { TableFamily } from '../../nft/request-shape';
import type { AnonymousSet } from './sets';

/** A part of a rule, compiled once the family of its table is known. */
export type Statement = (compiler: Compiler) => void;

/** The matches that determine the transport protocol. */
const PROTOCOLS: ReadonlySet<string> = new Set(['meta l4proto', 'ip protocol', 'ip6 nexthdr']);
const TAG_BYTES = 4;
const NETWORK_NUMBER: Readonly<Record<string, number>> = { ip: 2, ip6: 10 };
const ETHER_NUMBER: Readonly<Record<string, number>> = { ip: 0x800, ip6: 0x86dd, arp: 0x806 };

/** Makes the expressions of one rule, and tracks the headers that its matches imply. */
export class Compiler {
  readonly family: TableFamily;
  readonly expressions: Expression[] = [];
  readonly sets: AnonymousSet[] = [];
  /** Named sets that the rule looks up numbers of the host's order in. */
  readonly ordered = new Set<string>();
  readonly #isInterval: (set: string) => boolean;
  #network: string | undefined;
  #transport: string | undefined;
  #ether: boolean;
  /** The number of known VLAN tags, one inside the other. */
  #vlans = 0;
  #hasTransport = false;
  /** A match restricts the transport protocol. */
  #hasProtocol = false;
  #message: readonly number[] | undefined;
  /** The last match: an adjacent field after it is compared together with it. */
  #open: { base: string; end: number; start: number; size: number; at: number } | undefined;

  constructor(family: TableFamily, isInterval: (set: string) => boolean = () => false) {
    this.#isInterval = isInterval;
    this.family = family;
    this.#network = family === 'ip' || family === 'ip6' || family === 'arp' ? family : undefined;
    this.#ether = family === 'bridge';
  }

  get network(): string | undefined {
    return this.#network;
  }

  add(name: string, data: Readonly<Record<string, unknown>> = {}): void {
    this.#open = undefined;
    this.expressions.push({ name, data });
  }

  immediate(register: number, value: Uint8Array): void {
    this.add('immediate', { dreg: register, data: { value } });
  }

  compare(op: string, value: Uint8Array, register = 1): void {
    this.add('cmp', { sreg: register, op, data: { value } });
  }

  /** Matches a field with a value, joined with the previous match if its field is directly before this one. */
  compareField(field: HeaderField, value: Uint8Array): void {
    const { base } = field;
    const [start, size] = [this.offsetOf(field), value.length];
    const open = this.#open;
    if (open?.base === base && open.end === start && open.size + size <= 16) {
      const load = this.expressions[open.at] as Expression;
      const compared = this.expressions[open.at + 1] as Expression;
      const before = (compared.data?.['data'] as { value: Uint8Array }).value;
      const joined = { value: Uint8Array.from([...before, ...value]) };
      this.expressions[open.at] = { ...load, data: { ...load.data, len: open.size + size } };
      this.expressions[open.at + 1] = { ...compared, data: { ...compared.data, data: joined } };
      this.#open = { ...open, end: start + size, size: open.size + size };
      return;
    }
    const at = this.expressions.length;
    this.payload(base, start, size, 1);
    this.compare('eq', value);
    this.#open = { base, start, end: start + size, size, at };
  }

  /** The start of a field in whole bytes. A field of a VLAN tag is in the innermost known tag. */
  offsetOf({ header, offset }: Pick<HeaderField, 'header' | 'offset'>): number {
    const inner = header === 'vlan' ? Math.max(0, this.#vlans - 1) : 0;
    return Math.floor(offset / 8) + inner * TAG_BYTES;
  }

  payload(base: string, offset: number, len: number, register: number): void {
    this.add('payload', { dreg: register, base, offset, len });
  }

  /** Whether the table's family implies a match: nft omits such a match. */
  isGiven(text: string, number: number): boolean {
    const isAddress = this.family === 'ip' || this.family === 'ip6';
    return text === 'meta protocol' && isAddress && number === ETHER_NUMBER[this.family];
  }

  /** Records what a match with a single value implies about the packet's headers. */
  learn(text: string, number: number): void {
    this.find(text);
    if (text === 'meta nfproto') this.#network = number === 2 ? 'ip' : 'ip6';
    if (text === 'meta protocol' || text === 'ether type' || text === 'vlan type')
      this.#learnEther(text, number);
    if (PROTOCOLS.has(text)) this.#transport = TRANSPORT_OF[number] ?? this.#transport;
    if (text === 'meta iiftype' && number === 1) this.#ether = true;
    if (text === 'icmp type' || text === 'icmpv6 type') this.#message = [number];
  }

  /** Records a match with one of several values. */
  find(text: string): void {
    if (PROTOCOLS.has(text)) this.#hasProtocol = true;
  }

  /** Records a selector, whatever it is compared with. */
  look(text: string): void {
    if (PROTOCOLS.has(text)) this.#hasTransport = true;
  }

  #learnEther(text: string, number: number): void {
    const header = NETWORK_OF[number];
    const isTag = header === 'vlan' || (number === ETHER_TYPE['8021ad'] && text !== 'meta protocol');
    if (isTag) this.#vlans = text === 'vlan type' ? this.#vlans + 1 : Math.max(1, this.#vlans);
    else if (header !== undefined) this.#network = header;
  }

  /** Ports need a transport protocol: nft as well translates them only after a match of it. */
  needsPorts(): void {
    if (this.#hasTransport) return;
    this.refuse(
      "translates ports without an earlier match of a transport protocol: write 'meta l4proto tcp' before",
    );
  }

  /** The meaning of a connection's ports depends on the protocol: nft as well reads them only after a match of it. */
  needsProtocol(text: string): void {
    if (this.#hasProtocol) return;
    this.refuse(
      `has ${text} without an earlier match of a transport protocol: write 'meta l4proto tcp' before`,
    );
  }

  /** Adds a match for the field's header, unless implied already. */
  needs(header: string): void {
    if (header === 'ether') this.#needsEther();
    else if (header === 'vlan') this.#needsVlan();
    else if (header === 'ip' || header === 'ip6' || header === 'arp') this.#needsNetwork(header);
    else {
      this.#hasTransport = true;
      if (header === 'th') return;
      this.#hasProtocol = true;
      this.#needsTransport(header);
    }
  }

  /** Some ICMP fields exist only in messages of some types. */
  needsMessage(header: string, types: readonly number[]): void {
    if (this.#message?.every((type) => types.includes(type)) === true) return;
    if (this.#message) this.refuse(`matches ICMP messages of two types: must be type ${types.join(' or ')}`);
    this.needs(header);
    this.payload('transport', 0, 1, 1);
    const [only] = types;
    if (types.length === 1 && only !== undefined) this.compare('eq', Uint8Array.of(only));
    else this.sets.push(messageSet(header, types, this.lookup()));
    this.#message = types;
  }

  /** Looks up the first register in the next set of the rule; until the set has a name, its number is used. */
  /** Whether a named set has intervals, whose keys the kernel compares bytewise. */
  isInterval(set: string): boolean {
    this.ordered.add(set);
    return this.#isInterval(set);
  }

  lookup(more: Readonly<Record<string, unknown>> = {}): number {
    const id = this.sets.length;
    this.add('lookup', { set: `__set${String(id)}`, setId: id, sreg: 1, ...more });
    return id;
  }

  #needsEther(): void {
    if (this.#ether) return;
    this.add('meta', { dreg: 1, key: 'iiftype' });
    this.compare('eq', bytesFrom(1n, 2, 'host'));
    this.#ether = true;
  }

  #needsVlan(): void {
    if (this.#vlans > 0) return;
    this.#needsEther();
    this.#etherType(ETHER_TYPE['vlan'] ?? 0);
    this.#vlans = 1;
  }

  // Behind a tag stands the type of the packet inside.
  #etherType(number: number): void {
    const place = this.#vlans > 0 ? { header: 'vlan', offset: 128 } : { header: 'ether', offset: 96 };
    const field = { base: 'link', ...place } as HeaderField;
    this.compareField(field, bytesFrom(BigInt(number), 2, 'net'));
  }

  #needsNetwork(header: string): void {
    if (this.#network === header) return;
    if (this.#network === this.family) this.conflict(`${header} packets`);
    if (this.#network !== undefined)
      this.refuse(`matches ${this.#network} and ${header}: a packet has only one of these protocols`);
    const isLinkLayer = this.family === 'bridge' || this.family === 'netdev';
    if (header === 'arp' && !isLinkLayer) this.conflict('arp packets');
    if (this.#ether && !isLinkLayer) this.#etherType(ETHER_NUMBER[header] ?? 0);
    else if (isLinkLayer) {
      this.add('meta', { dreg: 1, key: 'protocol' });
      this.compare('eq', bytesFrom(BigInt(ETHER_NUMBER[header] ?? 0), 2, 'net'));
    } else {
      this.add('meta', { dreg: 1, key: 'nfproto' });
      this.compare('eq', Uint8Array.of(NETWORK_NUMBER[header] ?? 0));
    }
    this.#network = header;
  }

  #needsTransport(header: string): void {
    if (this.#transport === header) return;
    if (this.family === 'arp') this.conflict(`${header} packets`);
    if (this.#transport !== undefined)
      this.refuse(`matches ${this.#transport} and ${header}: a packet has only one of these protocols`);
    if (header === 'icmp' || header === 'igmp') this.#needsNetwork('ip');
    if (header === 'icmpv6') this.#needsNetwork('ip6');
    const number = Object.keys(TRANSPORT_OF).find((key) => TRANSPORT_OF[Number(key)] === header);
    this.add('meta', { dreg: 1, key: 'l4proto' });
    this.compare('eq', Uint8Array.of(Number(number)));
    this.#transport = header;
  }

  conflict(what: string): never {
    this.refuse(`a table of family ${this.family} has no ${what}`);
  }

  refuse(problem: string): never {
    throw new ValidationError({ path: 'rule', value: undefined, problem, operation: 'firewall.rule' });
  }
}

function messageSet(header: string, types: readonly number[], id: number): AnonymousSet {
  const { number } = typeNamed(header === 'icmp' ? 'icmp_type' : 'icmpv6_type');
  const elements = types.map((type) => ({ key: { value: Uint8Array.of(type) } }));
  return { id, keyType: number, keyLen: 1, flags: [], elements, size: types.length };
}

/** The register number at a quarter of the first register. */
export function registerAt(slot: number): number {
  return slot === 0 ? 1 : 8 + slot;
}
