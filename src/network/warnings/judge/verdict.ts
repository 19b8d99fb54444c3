import type { Packet } from './packet';

/** What a verdict says, of nf_tables or iptables. */
export interface Verdict {
  readonly code: 'accept' | 'drop' | 'return' | 'continue' | 'jump' | 'goto';
  /** Of a jump or goto. */
  readonly chain?: string;
}

/**
 * Whether a rule is about a packet of which not everything is known: 'mostly' if only for exceptions it is not, as with `ip daddr
 * != 10.0.0.0/8`, and 'rarely' if it is about exceptions.
 */
export type Certainty = 'surely' | 'mostly' | 'rarely';

/** The less certain of two. */
export function lessCertain(one: Certainty, other: Certainty): Certainty {
  const order: readonly Certainty[] = ['surely', 'mostly', 'rarely'];
  return order[Math.max(order.indexOf(one), order.indexOf(other))] ?? 'rarely';
}

/** A verdict of a rule for a packet. */
export interface Outcome {
  readonly certainty: Certainty;
  readonly verdict: Verdict;
}

/** The verdicts of a chain's rules for a packet, in their order: rules may change the packet, hence one after another. */
export type Chains = (chain: string, packet: Packet) => Iterable<Outcome>;

/** What becomes of a packet in a chain. */
export interface Fate {
  readonly end: 'accept' | 'drop' | 'return';
  /** A rule that may be about the packet would have accepted it, or the one that drops it may not be. */
  readonly isUnsure: boolean;
}

/** Longer than any chain of jumps that the kernel accepts (NFT_JUMP_STACK_SIZE). */
const DEEPEST = 16;

/**
 * Follows a packet through a chain, as its rules change it. Rules about exceptions count for the packet only: one that drops them
 * is taken not to, one that accepts them makes what follows unsure.
 */
export function fateIn(chains: Chains, chain: string, policy: 'accept' | 'drop', packet: Packet): Fate {
  const { end, isUnsure } = follow(chains, chain, packet, 0);
  return { end: end === 'return' ? policy : end, isUnsure };
}

function follow(chains: Chains, chain: string, packet: Packet, depth: number): Fate {
  let isUnsure = false;
  for (const { certainty, verdict } of depth < DEEPEST ? chains(chain, packet) : []) {
    const isException = certainty === 'rarely';
    const found = carryOut(chains, verdict, isException ? { ...packet } : packet, depth);
    if (found.end === 'return' && verdict.code !== 'return' && verdict.code !== 'goto') {
      isUnsure ||= found.isUnsure;
      continue;
    }
    if (!isException)
      return { end: found.end, isUnsure: isUnsure || found.isUnsure || certainty === 'mostly' };
    if (found.end !== 'drop') isUnsure = true;
  }
  return { end: 'return', isUnsure };
}

function carryOut(chains: Chains, { code, chain }: Verdict, packet: Packet, depth: number): Fate {
  if (code === 'accept' || code === 'drop') return { end: code, isUnsure: false };
  return chain === undefined ? { end: 'return', isUnsure: false } : follow(chains, chain, packet, depth + 1);
}
