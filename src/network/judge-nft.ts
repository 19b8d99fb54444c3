import type { Expression } from '../firewall/expressions';
import type { FirewallElement, FirewallRule } from '../firewall/ruleset';
import { bytesOf, fieldOf, type Packet } from './packet';
import type { JudgedRule, Verdict } from './verdict';

/** The elements of a set or map of the rule's table; undefined if they were not read. */
export type Elements = (set: string) => readonly FirewallElement[] | undefined;

type Data = Readonly<Record<string, unknown>>;

interface Value {
  readonly value?: Uint8Array;
  readonly verdict?: { readonly code?: unknown; readonly chain?: string };
}

/** Expressions that neither match nor decide. */
const IDLE: ReadonlySet<string> = new Set(['counter', 'log', 'notrack', 'objref', 'masq', 'nat', 'redir']);

/** What a rule of nf_tables says of a packet: as much as can be told from what is known of the packet. */
export function judgeRule(
  { expressions = [] }: FirewallRule,
  packet: Packet,
  elements: Elements,
): JudgedRule {
  const judge = new Judge(packet, elements);
  for (const expression of expressions) {
    if (!judge.step(expression)) return { matches: false, verdict: judge.verdict };
  }
  return { matches: judge.isSure ? true : undefined, verdict: judge.verdict };
}

class Judge {
  readonly #packet: Packet;
  readonly #elements: Elements;
  readonly #registers = new Map<unknown, Uint8Array | undefined>();
  isSure = true;
  verdict: Verdict = { code: 'continue' };

  constructor(packet: Packet, elements: Elements) {
    this.#packet = packet;
    this.#elements = elements;
  }

  /** False: the rule is not about the packet. */
  step({ name, data = {} }: Expression): boolean {
    switch (name) {
      case 'meta':
      case 'ct':
        return this.#load(data, fieldOf(this.#packet, name, data['key']));
      case 'payload':
        return this.#load(
          data,
          bytesOf(this.#packet, data['base'], Number(data['offset']), Number(data['len'])),
        );
      case 'bitwise':
        return this.#load(data, masked(this.#registers.get(data['sreg']), data));
      case 'cmp':
        return this.#decide(compared(this.#registers.get(data['sreg']), data));
      case 'range':
        return this.#decide(ranged(this.#registers.get(data['sreg']), data));
      case 'lookup':
        return this.#lookUp(data);
      case 'immediate':
        return this.#immediate(data);
      case 'reject':
        this.verdict = { code: 'drop' };
        return true;
      default:
        if (!IDLE.has(name)) this.isSure = false;
        return true;
    }
  }

  // What only sets something has no destination.
  #load(data: Data, value: Uint8Array | undefined): boolean {
    if (data['dreg'] !== undefined) this.#registers.set(data['dreg'], value);
    return true;
  }

  #decide(isMet: boolean | undefined): boolean {
    if (isMet === undefined) this.isSure = false;
    return isMet !== false;
  }

  #immediate(data: Data): boolean {
    const { value, verdict } = (data['data'] ?? {}) as Value;
    if (verdict) this.verdict = verdictOf(verdict);
    else this.#load(data, value);
    return true;
  }

  #lookUp(data: Data): boolean {
    const key = this.#registers.get(data['sreg']);
    const elements = this.#elements(String(data['set']));
    const isInverted = Array.isArray(data['flags']) && data['flags'].includes('inv');
    const found = key && elements && find(elements, key);
    if (found === undefined) {
      this.isSure = false;
      // A map of verdicts may hold any.
      if (data['dreg'] === 0) this.verdict = { code: 'accept' };
      return true;
    }
    if (found === null) return isInverted;
    if (isInverted) return false;
    const { value, verdict } = (found.data ?? {}) as Value;
    if (verdict) this.verdict = verdictOf(verdict);
    else if (data['dreg'] !== undefined) this.#load(data, value);
    return true;
  }
}

/** Null: there is none. Undefined: intervals, and keys of several parts, are not told. */
function find(elements: readonly FirewallElement[], key: Uint8Array): FirewallElement | null | undefined {
  const isPlain = elements.every(
    (element) => element.key?.value?.length === key.length && !('flags' in element) && !('keyEnd' in element),
  );
  if (!isPlain) return undefined;
  return elements.find((element) => order(element.key?.value ?? key, key) === 0) ?? null;
}

function masked(from: Uint8Array | undefined, data: Data): Uint8Array | undefined {
  const mask = (data['mask'] as Value | undefined)?.value;
  const xor = (data['xor'] as Value | undefined)?.value;
  if (from === undefined || mask === undefined) return undefined;
  return mask.map((bits, index) => ((from[index] ?? 0) & bits) ^ (xor?.[index] ?? 0));
}

// The shorter of both counts: a name with a wildcard is compared as far as it goes.
function compared(from: Uint8Array | undefined, data: Data): boolean | undefined {
  const value = (data['data'] as Value | undefined)?.value;
  if (from === undefined || value === undefined) return undefined;
  const sign = order(from.subarray(0, value.length), value);
  switch (data['op']) {
    case 'neq':
      return sign !== 0;
    case 'lt':
      return sign < 0;
    case 'lte':
      return sign <= 0;
    case 'gt':
      return sign > 0;
    case 'gte':
      return sign >= 0;
    default:
      return sign === 0;
  }
}

function ranged(from: Uint8Array | undefined, data: Data): boolean | undefined {
  const [first, last] = ['from', 'to'].map((key) => (data[key] as Value | undefined)?.value);
  if (from === undefined || first === undefined || last === undefined) return undefined;
  const part = from.subarray(0, first.length);
  const isInside = order(part, first) >= 0 && order(part, last) <= 0;
  return isInside === (data['op'] !== 'neq');
}

function order(one: Uint8Array, other: Uint8Array): number {
  return Buffer.compare(one, other);
}

function verdictOf({ code, chain }: NonNullable<Value['verdict']>): Verdict {
  if (code === 'accept' || code === 'drop' || code === 'return') return { code };
  if ((code === 'jump' || code === 'goto') && chain !== undefined) return { code, chain };
  return { code: 'continue' };
}
