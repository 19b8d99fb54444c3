import fs from 'node:fs';

let knownBoot = '';

/** Tells the machine's runs from each other; '' where that cannot be told. Every attach asks, and it outlives the process. */
export function bootId(): string {
  if (knownBoot !== '') return knownBoot;
  try {
    knownBoot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Without /proc, or where it is closed to this user.
  }
  return knownBoot;
}
