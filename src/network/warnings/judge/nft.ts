import { type Held, isLoadedByChance, loadOption, limitMatches, stateOf } from './chance';
import type { Expression } from '../../../firewall/nft/expressions';
import type { FirewallRule } from '../../../firewall/nft/ruleset';
import { compared, Registers, swapped } from './registers';
import { findIn, isKnown, type JudgedSet } from './sets';
import { hopsAfter, leadsElsewhere, type Target, writeHeader, xtTarget } from './rewritten';
import { HOP_TARGETS, isNotrack, LEADING, marked, meetsMatch, targetVerdict } from './xt';
import { type Bytes, bytesOf, fieldOf, type Met, type Packet, routeOf } from './packet';
import { type Certainty, lessCertain, type Outcome, type Verdict } from './verdict';

/** A set or map of the rule's table; undefined if it was not read. */
export type Sets = (name: string) => JudgedSet | undefined;

type Data = Readonly<Record<string, unknown>>;

interface Value {
  readonly value?: Uint8Array;
  readonly verdict?: { readonly code?: unknown; readonly chain?: string };
}

/**
 * The verdicts of an nf_tables rule for a packet, as far as the packet is known. The packet is changed as the rule
 * says.
 */
export function judgeRule({ expressions = [] }: FirewallRule, packet: Packet, sets: Sets): Outcome[] {
  const judge = new Judge(packet, sets, (later) => judgeRule({ expressions } as FirewallRule, later, sets));
  for (const expression of expressions) {
    if (!judge.step(expression)) return judge.outcomes;
  }
  judge.end();
  return judge.outcomes;
}

type Step = (judge: Judge, data: Data) => boolean;

/** Without expressions that neither match nor decide. */
const STEPS: Readonly<Record<string, Step>> = {
  meta: (judge, data) => judge.loadOrSet('meta', data),
  ct: (judge, data) => judge.loadOrSet('ct', data),
  payload: (judge, data) => judge.loadHeader(data),
  fib: (judge, data) => judge.load(data, routeOf(judge.packet, data['result'], listOf(data['flags']))),
  bitwise: (judge, data) => judge.mask(data),
  byteorder: (judge, data) => judge.swap(data),
  cmp: (judge, data) => judge.compare(data),
  range: (judge, data) => judge.within(data),
  lookup: (judge, data) => judge.lookUp(data),
  immediate: (judge, data) => judge.immediate(data),
  match: (judge, data) => judge.decide(meetsMatch(data, judge.packet), false),
  target: (judge, data) => judge.target(data),
  notrack: (judge) => judge.notrack(),
  reject: (judge) => judge.decree({ code: 'drop' }),
  // A listening program may do anything with the packet; without one it is dropped.
  queue: (judge, data) => judge.queue(data),
  dynset: (judge, data) => judge.limits(heldBy(data)),
  limit: (judge, data) => judge.limits([{ name: 'limit', data }]),
  quota: (judge, data) => judge.limits([{ name: 'quota', data }]),
  connlimit: (judge, data) => judge.limits([{ name: 'connlimit', data }]),
  objref: (judge, data) => judge.limits(stateOf(data)),
  exthdr: (judge, data) => judge.loadOption(data),
  masq: (judge) => judge.decree({ code: 'accept' }),
  nat: (judge, data) => judge.translate(data),
  redir: (judge, data) => judge.translate(data),
  synproxy: (judge) => judge.synproxy(),
};

const IDLE: ReadonlySet<string> = new Set(['counter', 'log', 'last', 'flow_offload']);

class Judge {
  readonly packet: Packet;
  readonly outcomes: Outcome[] = [];
  readonly #sets: Sets;
  readonly #again: (packet: Packet) => Outcome[];
  readonly #registers = new Registers();
  #certainty: Certainty = 'surely';
  #verdict: Verdict = { code: 'continue' };

  constructor(packet: Packet, sets: Sets, again: (packet: Packet) => Outcome[]) {
    this.packet = packet;
    this.#sets = sets;
    this.#again = again;
  }

  /** False: the rule does not match the packet. */
  step({ name, data = {} }: Expression): boolean {
    const step = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
    if (step) return step(this, data);
    if (data['dreg'] !== undefined) return this.#loadUnknown(name, data);
    return IDLE.has(name) ? true : this.decide(undefined, false);
  }

  end(): void {
    this.outcomes.push({ certainty: this.#certainty, verdict: this.#verdict });
  }

  decree(verdict: Verdict): boolean {
    this.#verdict = verdict;
    return true;
  }

  /** An unknown condition counts as an exception; a negated one as everything but exceptions. */
  decide(isMet: Met, isNegated: boolean, isChance = false): boolean {
    if (isMet === undefined) this.#lessCertain(isNegated ? 'mostly' : isChance ? 'perhaps' : 'rarely');
    return isMet !== false;
  }

  load(data: Data, value: Bytes | undefined, isChance = false): boolean {
    this.#registers.write(data['dreg'], value, isChance && value === undefined);
    return true;
  }

  // With a modulus of one the value is known.
  #loadUnknown(name: string, data: Data): boolean {
    const isOne = (name === 'numgen' || name === 'hash') && data['modulus'] === 1;
    const value = isOne ? [...new Uint8Array(Uint32Array.of(Number(data['offset'] ?? 0)).buffer)] : undefined;
    return this.load(data, value, true);
  }

  /** Fields that a packet lacks end the rule. */
  loadOrSet(name: 'meta' | 'ct', data: Data): boolean {
    if (data['dreg'] !== undefined) {
      const value = fieldOf(this.packet, name, data['key']);
      return value?.length === 0 ? false : this.load(data, value, isLoadedByChance(name, data['key']));
    }
    if (data['key'] !== 'mark' || this.#isDoubtful()) return true;
    const bytes = this.#registers.read(data['sreg'], 4);
    const mark = isKnown(bytes) ? Buffer.from(bytes).readUInt32LE() : undefined;
    this.packet[name === 'meta' ? 'mark' : 'ctMark'] = mark;
    return true;
  }

  loadOption(data: Data): boolean {
    if (data['dreg'] === undefined) return true;
    const value = loadOption(data, this.packet);
    return value === 'none' ? false : this.load(data, value, true);
  }

  /** Counters and limits: undefined stands for a limit that may be reached. */
  limits(held: readonly Held[]): boolean {
    return held.every((one) => this.decide(limitMatches(one, this.packet), false, true));
  }

  loadHeader(data: Data): boolean {
    const { base, offset, len } = data;
    if (data['dreg'] === undefined) {
      if (!this.#isDoubtful())
        writeHeader(this.packet, data, this.#registers.read(data['sreg'], Number(len)));
      return true;
    }
    return this.load(data, bytesOf(this.packet, base, Number(offset), Number(len)));
  }

  mask(data: Data): boolean {
    const [mask, xor] = ['mask', 'xor'].map((key) => (data[key] as Value | undefined)?.value);
    if (mask === undefined) return this.load(data, undefined);
    const from = this.#registers.read(data['sreg'], mask.length);
    const isChance = this.#registers.isChance(data['sreg'], mask.length);
    const masked = [...mask].map((bits, index) => {
      const byte = bits === 0 ? 0 : from[index];
      return byte === undefined ? undefined : (byte & bits) ^ (xor?.[index] ?? 0);
    });
    this.#registers.write(data['dreg'], masked, isChance && !isKnown(masked));
    return true;
  }

  swap(data: Data): boolean {
    const [length, unit] = [Number(data['len']), Number(data['size'])];
    const isChance = this.#registers.isChance(data['sreg'], length);
    this.#registers.write(data['dreg'], swapped(this.#registers.read(data['sreg'], length), unit), isChance);
    return true;
  }

  compare({ sreg, op, data }: Data): boolean {
    const value = (data as Value | undefined)?.value ?? new Uint8Array();
    // The shorter length counts: a name with a wildcard is compared up to the wildcard.
    const isMet = compared(this.#registers.read(sreg, value.length), String(op), value);
    // For masked bits "not 0" means that one of them is set.
    const isChance = this.#registers.isChance(sreg, value.length);
    return this.decide(isMet, op === 'neq' && value.some((byte) => byte !== 0), isChance);
  }

  within({ sreg, op, from, to }: Data): boolean {
    const [first, last] = [from, to].map((end) => (end as Value | undefined)?.value ?? new Uint8Array());
    const part = this.#registers.read(sreg, first?.length ?? 0);
    const isNegated = op === 'neq';
    if (!isKnown(part)) return this.decide(undefined, isNegated, this.#registers.isChance(sreg, part.length));
    const bytes = Uint8Array.from(part);
    const isInside = Buffer.compare(bytes, first ?? bytes) >= 0 && Buffer.compare(bytes, last ?? bytes) <= 0;
    return isInside !== isNegated;
  }

  lookUp(data: Data): boolean {
    const isInverted = listOf(data['flags']).includes('inv');
    const set = this.#sets(String(data['set']));
    const length = Math.max(0, ...(set?.elements ?? []).map(({ key }) => key?.value?.length ?? 0));
    const { possible, sure } = set
      ? findIn(set, this.#registers.read(data['sreg'], length))
      : { possible: [{}], sure: undefined };
    const isChance = this.#registers.isChance(data['sreg'], length);
    if (data['dreg'] === 0) return this.#verdicts(possible, sure, isChance ? 'perhaps' : 'rarely');
    if (data['dreg'] !== undefined)
      this.load(data, sure && [...((sure.data as Value | undefined)?.value ?? [])]);
    const isFound = sure ? true : possible.length > 0 ? undefined : false;
    return this.decide(isFound === undefined ? undefined : isFound !== isInverted, isInverted, isChance);
  }

  #verdicts(
    possible: readonly { readonly data?: Value }[],
    sure: { readonly data?: Value } | undefined,
    certainty: Certainty,
  ): boolean {
    for (const { data } of possible) {
      const verdict = data?.verdict ? verdictOf(data.verdict) : ({ code: 'accept' } as const);
      this.outcomes.push({ certainty: lessCertain(this.#certainty, certainty), verdict });
    }
    if (sure?.data?.verdict) this.#verdict = verdictOf(sure.data.verdict);
    return sure !== undefined;
  }

  immediate(data: Data): boolean {
    const { value, verdict } = (data['data'] ?? {}) as Value;
    return verdict ? this.decree(verdictOf(verdict)) : this.load(data, value && [...value]);
  }

  target(data: Data): boolean {
    const name = String(data['name']);
    if (isNotrack(data)) return this.notrack();
    if (name === 'MARK' && !this.#isDoubtful()) this.packet.mark = marked(data, this.packet.mark);
    // CONNMARK copies marks in both directions.
    if (name === 'CONNMARK') Object.assign(this.packet, { mark: undefined, ctMark: undefined });
    if (HOP_TARGETS.has(name) && !this.#isDoubtful()) this.#setHops(data['info']);
    if (LEADING.has(name)) this.#lead(xtTarget(data, this.packet.family));
    return this.decree(targetVerdict(name));
  }

  /** After connection tracking, notrack has no effect. */
  notrack(): boolean {
    if (this.packet.state === 'invalid' && !this.#isDoubtful()) this.packet.state = 'untracked';
    return true;
  }

  #setHops(info: unknown): void {
    const [mode = 0, number = 0] = info instanceof Uint8Array ? info : [];
    this.packet.ttl = hopsAfter(mode, number, this.packet.ttl);
  }

  translate({ type, regAddrMin, regProtoMin }: Data): boolean {
    const { family } = this.packet;
    const read = (register: unknown, length: number): Bytes =>
      register === undefined ? [] : this.#registers.read(register, length);
    const [address, port] = [read(regAddrMin, family === 'ip' ? 4 : 16), read(regProtoMin, 2)];
    if (type !== 'snat') this.#lead({ address, port });
    return this.decree({ code: 'accept' });
  }

  #lead(target: Target): void {
    if (this.#certainty === 'surely' && leadsElsewhere(this.packet, target))
      this.packet.isLedElsewhere = true;
  }

  /** It has to see the first two packets of a connection from the client, and no others. */
  synproxy(): boolean {
    const { packet } = this;
    if (packet.protocol !== 'tcp') return false;
    if (packet.isAck || packet.state === 'untracked') return this.decree({ code: 'accept' });
    const sees = (state: 'new' | 'established'): boolean =>
      this.#again({ ...packet, state, isAck: true }).length > 0;
    const isServed = packet.state === 'new' && sees('new') && !sees('established');
    return this.decree({ code: isServed ? 'accept' : 'drop' });
  }

  queue(data: Data): boolean {
    const isBypassed = listOf(data['flags']).includes('bypass');
    this.#lessCertain('mostly');
    return this.decree({ code: isBypassed ? 'accept' : 'drop' });
  }

  #isDoubtful(): boolean {
    return this.#certainty === 'rarely' || this.#certainty === 'perhaps';
  }

  #lessCertain(certainty: Certainty): void {
    this.#certainty = lessCertain(this.#certainty, certainty);
  }
}

/** The statements, such as a limit, of elements that a rule adds to a set. */
function heldBy({ expr, expressions = [] }: Data): Held[] {
  return [...(expr === undefined ? [] : [expr]), ...listOf(expressions)] as Held[];
}

function listOf(flags: unknown): readonly unknown[] {
  return Array.isArray(flags) ? flags : [];
}

function verdictOf({ code, chain }: NonNullable<Value['verdict']>): Verdict {
  if (code === 'accept' || code === 'drop' || code === 'return') return { code };
  if ((code === 'jump' || code === 'goto') && chain !== undefined) return { code, chain };
  return { code: 'continue' };
}
