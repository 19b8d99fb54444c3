import type { Expression } from '../../nft/expressions';
import { dataParts, elementTexts, type Part } from '../values/elements';
import { NETWORK_OF, TRANSPORT_OF } from '../values/headers';
import { type Found, type Loaded, type Operand, operandOf } from '../values/loaded';
import type { KnownSet, RuleContext } from './context';
import { HOST_INTEGER, typeNamed } from '../values/types';
import { numberIn, valueText } from '../values/values';

/** A written part of the rule, and the header whose presence is all that it expresses. */
interface Said {
  readonly text: string;
  readonly implies?: Implied;
}

export interface Implied {
  readonly kind: 'nfproto' | 'protocol' | 'l4proto' | 'iiftype' | 'ether type';
  readonly header: string;
}

const NFPROTO: Readonly<Record<number, string>> = { 2: 'ip', 10: 'ip6' };

/** Reads a rule's expressions in order, and tracks the contents of registers and the known headers of the packet. */
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

  /** Skips the expression returned by `peek`. */
  skip(): void {
    this.#at++;
  }

  load(register: unknown, loaded: Loaded): void {
    this.#registers.set(slotOf(register), loaded);
  }

  source(register: unknown): Loaded | undefined {
    return this.#registers.get(slotOf(register));
  }

  /** The contents of a register, as text. */
  operand(register: unknown, isEquality = false): Operand | undefined {
    const loaded = this.source(register);
    return loaded && operandOf(loaded, this.found, this.context, isEquality);
  }

  /** The adjacent contents from this register on: the parts of a key of this length, or all of them. */
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

  /** A loaded value for which nft has no syntax. */
  unknown({ name, data = {} }: Expression): Loaded {
    const { len } = data;
    const size = typeof len === 'number' ? len : 4;
    // Bytes of a packet are in its order, and the kernel's own numbers in the host's.
    const isPacket = name === 'exthdr' || name === 'payload';
    const type = isPacket ? typeNamed('integer') : HOST_INTEGER;
    return { text: `[ ${name} ]`, type, size, order: type.order, changes: [] };
  }

  set(name: unknown): KnownSet | undefined {
    return this.context.set?.(String(name));
  }

  /** A set by name, or its elements if it is anonymous. */
  setText(name: string, key: readonly Part[]): string | undefined {
    const set = this.set(name);
    if (set?.flags?.includes('anonymous') !== true) return `@${name}`;
    const texts = elementTexts(set, key, dataParts(set), set.elements, this.context);
    return texts && `{ ${texts.join(', ')} }`;
  }

  /** The value to store in a map: a constant is written by the map's type. */
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

  /** Removes matches that only assert these headers: nft omits them. */
  drop(headers: readonly string[]): void {
    for (let last; (last = this.#said.at(-1)); this.#said.pop()) {
      const { implies } = last;
      if (implies === undefined || !headers.some((header) => needs(header, implies, this.context.family)))
        return;
    }
  }

  /** Records a match that determines the packet's protocol. */
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

/** Whether nft itself adds the match before a field of this header. */
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

// Registers 1 to 4 have 16 bytes; 8 to 23 are their quarters.
function slotOf(register: unknown): number {
  const number = Number(register);
  return number < 8 ? (number - 1) * 4 : number - 8;
}
