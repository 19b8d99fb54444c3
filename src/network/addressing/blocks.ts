import type { Subnet } from './subnet';

// In a namespace with many links each further link costs more: the kernel scans the namespace's list of namespace ids
// from end to end. So each router serves a block of 256 addresses, and the core router in front of them has one link
// and one route for each block.
export const BLOCK_BITS = 8;

export const BLOCK_PREFIX = 32 - BLOCK_BITS;

export const BLOCK_PREFIX6 = 128 - BLOCK_BITS;

/** Whether a subnet has more than one block. */
export function hasSegments({ prefix }: Pick<Subnet, 'prefix'>): boolean {
  return prefix < BLOCK_PREFIX;
}
