import type { Packet } from './packet';

/** A verdict of nf_tables or iptables. */
export interface Verdict {
  readonly code: 'accept' | 'drop' | 'return' | 'continue' | 'jump' | 'goto';
  /** Only for jump and goto. */
  readonly chain?: string;
}

/**
 * The certainty that a rule matches a partly known packet: 'mostly' if it excludes only exceptions, as with `ip daddr
 * != 10.0.0.0/8`, and 'rarely' if it matches only exceptions. 'perhaps' if the match is random or unpredictable, as
 * with `numgen random`.
 */
export type Certainty = 'surely' | 'mostly' | 'perhaps' | 'rarely';

/** The less certain of two. */
export function lessCertain(one: Certainty, other: Certainty): Certainty {
  const order: readonly Certainty[] = ['surely', 'mostly', 'perhaps', 'rarely'];
  return order[Math.max(order.indexOf(one), order.indexOf(other))] ?? 'rarely';
}

/** A verdict of a rule for a packet. */
export interface Outcome {
  readonly certainty: Certainty;
  readonly verdict: Verdict;
}

/** The verdicts of a chain's rules for a packet, in order and one at a time: rules may change the packet. */
export type Chains = (chain: string, packet: Packet) => Iterable<Outcome>;

/** The fate of a packet in a chain. */
export interface ChainResult {
  readonly end: 'accept' | 'drop' | 'return';
  /** A rule that may match the packet would have accepted it, or the rule that drops it may not match. */
  readonly isUnsure: boolean;
  /** An earlier rule may drop it. */
  readonly mayDrop?: true;
}

/** Longer than any chain of jumps that the kernel accepts (NFT_JUMP_STACK_SIZE). */
const DEEPEST = 16;

/**
 * Follows a packet through a chain, as its rules change it. The packet is assumed to be no exception: a rule that drops
 * exceptions is ignored, and a rule that accepts them makes the rest unsure. A rule that drops it perhaps is
 * remembered.
 */
export function runChain(
  chains: Chains,
  chain: string,
  policy: 'accept' | 'drop',
  packet: Packet,
): ChainResult {
  const fate = follow(chains, chain, packet, 0);
  return { ...fate, end: fate.end === 'return' ? policy : fate.end };
}

function follow(chains: Chains, chain: string, packet: Packet, depth: number): ChainResult {
  let isUnsure = false;
  let doubt: Pick<ChainResult, 'mayDrop'> = {};
  for (const { certainty, verdict } of depth < DEEPEST ? chains(chain, packet) : []) {
    const isDoubtful = certainty === 'rarely' || certainty === 'perhaps';
    const found = runVerdict(chains, verdict, isDoubtful ? { ...packet } : packet, depth);
    if ((found.mayDrop && certainty !== 'rarely') || (found.end === 'drop' && certainty === 'perhaps'))
      doubt = { mayDrop: true };
    if (found.end === 'return' && verdict.code !== 'return' && verdict.code !== 'goto') {
      isUnsure ||= found.isUnsure;
      continue;
    }
    if (!isDoubtful)
      return { end: found.end, isUnsure: isUnsure || found.isUnsure || certainty === 'mostly', ...doubt };
    if (found.end !== 'drop') isUnsure = true;
  }
  return { end: 'return', isUnsure, ...doubt };
}

function runVerdict(chains: Chains, { code, chain }: Verdict, packet: Packet, depth: number): ChainResult {
  if (code === 'accept' || code === 'drop') return { end: code, isUnsure: false };
  return chain === undefined ? { end: 'return', isUnsure: false } : follow(chains, chain, packet, depth + 1);
}
