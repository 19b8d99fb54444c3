import fs from 'node:fs';

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
