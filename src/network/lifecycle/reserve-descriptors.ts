import fs from 'node:fs';
import { NetlinkError } from '../../errors/errors';

/** Needed to undo a failed creation: sockets of two families, the lock, a file, a directory. */
const DESCRIPTORS = 8;

/**
 * Reserves descriptors for an undo: a process without free descriptors could otherwise begin and be unable to undo.
 * Throws a NetlinkError EMFILE, before anything is created, where too few are left. Returns a function that frees them.
 */
export function reserveDescriptors(network: string): () => void {
  const held: number[] = [];
  const free = (): void => {
    for (const descriptor of held.splice(0)) fs.closeSync(descriptor);
  };
  try {
    while (held.length < DESCRIPTORS) held.push(fs.openSync('/dev/null', 'r'));
  } catch (error) {
    free();
    const { errno = 0, syscall } = error as NodeJS.ErrnoException;
    throw new NetlinkError({ errno: -errno, syscall, operation: 'network.create', object: network });
  }
  return free;
}
