/** What a verdict says, of nf_tables or iptables. */
export interface Verdict {
  readonly code: 'accept' | 'drop' | 'return' | 'continue' | 'jump' | 'goto';
  /** Of a jump or goto. */
  readonly chain?: string;
}

/** A rule as far as one packet goes. */
export interface JudgedRule {
  /** Whether it is about the packet; undefined where that cannot be told. */
  readonly matches: boolean | undefined;
  readonly verdict: Verdict;
}

/** The rules of a chain, by its name. */
export type Chains = (chain: string) => readonly JudgedRule[];

/** What becomes of a packet in a chain. */
export interface Fate {
  readonly end: 'accept' | 'drop' | 'return';
  /** A rule that may be about the packet would have accepted it. */
  readonly isUnsure: boolean;
}

/** Longer than any chain of jumps that the kernel accepts (NFT_JUMP_STACK_SIZE). */
const DEEPEST = 16;

/**
 * Follows a packet through a chain. Rules of which nothing can be told count for the packet only: one that may drop it is
 * taken not to, one that may accept it makes what follows unsure.
 */
export function fateIn(chains: Chains, chain: string, policy: 'accept' | 'drop'): Fate {
  const { end, isUnsure } = follow(chains, chain, 0);
  return { end: end === 'return' ? policy : end, isUnsure };
}

function follow(chains: Chains, chain: string, depth: number): Fate {
  let isUnsure = false;
  for (const { matches, verdict } of depth < DEEPEST ? chains(chain) : []) {
    if (matches === false) continue;
    const found = carryOut(chains, verdict, depth);
    isUnsure ||= found.isUnsure;
    if (found.end === 'return' && verdict.code !== 'return' && verdict.code !== 'goto') continue;
    if (matches) return { end: found.end, isUnsure };
    if (found.end !== 'drop') isUnsure = true;
  }
  return { end: 'return', isUnsure };
}

function carryOut(chains: Chains, { code, chain }: Verdict, depth: number): Fate {
  if (code === 'accept' || code === 'drop') return { end: code, isUnsure: false };
  return chain === undefined ? { end: 'return', isUnsure: false } : follow(chains, chain, depth + 1);
}
