import type { Subnet } from './subnet';

// A namespace with many links makes each further one dearer: the kernel searches its list of namespace ids from one end to
// the other. Hence each router serves a block of 256 addresses, and the core router in front of them has one link and one
// route for each block.
export const BLOCK_BITS = 8;

export const BLOCK_PREFIX = 32 - BLOCK_BITS;

export const BLOCK_PREFIX6 = 128 - BLOCK_BITS;

/** Whether a subnet has more than one block. */
export function hasSegments({ prefix }: Pick<Subnet, 'prefix'>): boolean {
  return prefix < BLOCK_PREFIX;
}
