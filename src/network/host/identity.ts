import fs from 'node:fs';
import type { NetworkNamespace } from '../../netns/namespace';

let knownBoot = '';

/** Identifies the machine's current boot; '' if unknown. Cached: every attach asks, and it outlives the process. */
export function bootId(): string {
  if (knownBoot !== '') return knownBoot;
  try {
    knownBoot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Without /proc, or where this user may not read it.
  }
  return knownBoot;
}

/** Whether a boot is known to be another than the current one. */
export function isOtherBoot(boot: string): boolean {
  const current = bootId();
  return current !== '' && boot !== '' && boot !== current;
}

/**
 * The identification of a host in the journal's files. For a deleted host the kernel can confirm the deletion by the
 * inode.
 */
export function hostId(host: NetworkNamespace): { readonly host: string; readonly hostInode: number } {
  return { host: String(host.cookie), hostInode: fs.fstatSync(host.fd).ino };
}
