import type { Expression } from '../../nft/expressions';
import { dataParts, elementTexts, type Part } from '../values/elements';
import { NETWORK_OF, TRANSPORT_OF } from '../values/headers';
import { type Found, type Loaded, type Operand, operandOf } from '../values/loaded';
import type { KnownSet, RuleContext } from './context';
import { HOST_INTEGER } from '../values/types';
import { numberIn, valueText } from '../values/values';

/** A part of the rule that was said, and of which header it only says that it is there. */
interface Said {
  readonly text: string;
  readonly implies?: Implied;
}

export interface Implied {
  readonly kind: 'nfproto' | 'protocol' | 'l4proto' | 'iiftype' | 'ether type';
  readonly header: string;
}

const NFPROTO: Readonly<Record<number, string>> = { 2: 'ip', 10: 'ip6' };

/** Goes through a rule's expressions, and knows what the registers hold and which headers the packet has. */
export class RuleReader {
  readonly found: Found = { link: [], network: [], transport: ['th'] };
  readonly context: RuleContext;
  readonly #expressions: readonly Expression[];
  readonly #registers = new Map<number, Loaded>();
  readonly #said: Said[] = [];
  #at = 0;

  constructor(expressions: readonly Expression[], context: RuleContext) {
    this.#expressions = expressions;
    this.context = context;
    const { family } = context;
    if (family === 'ip' || family === 'ip6' || family === 'arp') this.found.network = [family];
    if (family === 'bridge' || family === 'netdev') this.found.link = ['ether'];
    if (family === 'arp') this.found.network = ['arp'];
  }

  get words(): string[] {
    return this.#said.map(({ text }) => text);
  }

  next(): Expression | undefined {
    return this.#expressions[this.#at++];
  }

  peek(): Expression | undefined {
    return this.#expressions[this.#at];
  }

  /** The one that was read last. */
  skip(): void {
    this.#at++;
  }

  load(register: unknown, loaded: Loaded): void {
    this.#registers.set(slotOf(register), loaded);
  }

  source(register: unknown): Loaded | undefined {
    return this.#registers.get(slotOf(register));
  }

  /** What a register holds, in words. */
  operand(register: unknown, isEquality = false): Operand | undefined {
    const loaded = this.source(register);
    return loaded && operandOf(loaded, this.found, this.context, isEquality);
  }

  /** What lies side by side from this register on: the parts of a key of so many bytes, or all there are. */
  operands(register: unknown, length?: number): Operand[] | undefined {
    const first = slotOf(register);
    const parts: Operand[] = [];
    let slot = first;
    for (let loaded; (loaded = this.#registers.get(slot));) {
      parts.push(operandOf(loaded, this.found, this.context));
      slot += Math.ceil(loaded.size / 4) || 1;
      if (length !== undefined && (slot - first) * 4 >= length) break;
    }
    const whole = length === undefined || (slot - first) * 4 >= length;
    return whole && parts.length > 0 ? parts : undefined;
  }

  /** What an expression loads that nft has no words for. */
  unknown({ name, data = {} }: Expression): Loaded {
    const { len } = data;
    const size = typeof len === 'number' ? len : 4;
    return { text: `[ ${name} ]`, type: HOST_INTEGER, size, order: 'host', changes: [] };
  }

  set(name: unknown): KnownSet | undefined {
    return this.context.set?.(String(name));
  }

  /** A set by its name, or written out if it has none. */
  setText(name: string, key: readonly Part[]): string | undefined {
    const set = this.set(name);
    if (set?.flags?.includes('anonymous') !== true) return `@${name}`;
    const texts = elementTexts(set, key, dataParts(set), set.elements, this.context);
    return texts && `{ ${texts.join(', ')} }`;
  }

  /** What is stored in a map: of a constant the map's type says how it is written. */
  dataText(register: unknown, set: KnownSet | undefined): string | undefined {
    const [part] = (set && dataParts(set)) ?? [];
    const loaded = this.source(register);
    if (loaded?.bytes && part)
      return valueText(part.type, numberIn(loaded.bytes, part.order), part.size, this.context);
    return this.operands(register, set?.dataLen)
      ?.map(({ text }) => text)
      .join(' . ');
  }

  say(text: string, implies?: Implied): void {
    this.#said.push({ text, ...(implies && { implies }) });
  }

  /** What was only said because these headers must be there, nft leaves out. */
  drop(headers: readonly string[]): void {
    for (let last; (last = this.#said.at(-1)); this.#said.pop()) {
      const { implies } = last;
      if (implies === undefined || !headers.some((header) => needs(header, implies, this.context.family)))
        return;
    }
  }

  /** A match has found that the packet is of a protocol. */
  meet(text: string, number: number): Implied | undefined {
    const { family } = this.context;
    if (text === 'meta nfproto') return this.#network('nfproto', NFPROTO[number]);
    if (text === 'meta protocol') return this.#network('protocol', NETWORK_OF[number]);
    if (text === 'ether type' || text === 'vlan type') return this.#etherType(NETWORK_OF[number]);
    if (text === 'meta iiftype' && number === 1 && family !== 'bridge' && family !== 'netdev') {
      this.found.link = ['ether'];
      return { kind: 'iiftype', header: 'ether' };
    }
    if (text === 'icmp type' || text === 'icmpv6 type') this.found.message = number;
    if (text === 'meta l4proto' || text === 'ip protocol' || text === 'ip6 nexthdr') {
      const header = TRANSPORT_OF[number];
      this.found.transport = header === undefined ? ['th'] : [header, 'th'];
      return header === undefined || text !== 'meta l4proto' ? undefined : { kind: 'l4proto', header };
    }
    return undefined;
  }

  #network(kind: Implied['kind'], header: string | undefined): Implied | undefined {
    if (header === undefined) return undefined;
    if (header !== 'vlan') this.found.network = [header];
    else this.found.link = ['ether', 'vlan'];
    return { kind, header };
  }

  #etherType(header: string | undefined): Implied | undefined {
    if (header === 'vlan') {
      this.found.link = ['ether', 'vlan'];
      return { kind: 'ether type', header };
    }
    if (header !== undefined) this.found.network = [header];
    return undefined;
  }
}

/** Whether nft puts the match in front of a field of this header by itself. */
function needs(header: string, { kind, header: implied }: Implied, family: string): boolean {
  if (kind === 'nfproto' && family !== 'inet') return false;
  if (kind === 'protocol' && family !== 'bridge' && family !== 'netdev') return false;
  if (header === implied) return true;
  if (kind === 'nfproto' || kind === 'protocol') {
    return header === 'icmp' || header === 'igmp'
      ? implied === 'ip'
      : header === 'icmpv6' && implied === 'ip6';
  }
  return kind === 'iiftype' && header === 'vlan';
}

// Registers 1 to 4 are of 16 bytes; 8 to 23 are their quarters.
function slotOf(register: unknown): number {
  const number = Number(register);
  return number < 8 ? (number - 1) * 4 : number - 8;
}
