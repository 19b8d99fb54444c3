import { spawnSync } from 'node:child_process';
import { built } from '../paths';

const TOLD = 3;

/**
 * Has every namespace talk by TCP to a service of the host, at this address, and throws if one fails. The judge is
 * bench/exchange.c, whoever made them; so many at a time, or all at once.
 */
export function exchange(insides: readonly string[], address: string, width = insides.length): void {
  const judging = spawnSync(built('exchange'), [address, String(width)], {
    ...{ input: insides.join('\n'), encoding: 'utf8', maxBuffer: 1 << 24 },
  });
  if (judging.error) throw judging.error;
  const lines = judging.stdout.trim().split('\n');
  if (lines.at(-1) === `EXCHANGED ${insides.length} of ${insides.length}`) return;
  const failed = lines.filter((line) => line.startsWith('FAILED '));
  const why =
    failed.length > 0
      ? failed.slice(0, TOLD).map((line) => line.slice('FAILED '.length))
      : [judging.stderr.trim()];
  throw new Error(`${failed.length} of ${insides.length} had no exchange with the host: ${why.join('; ')}`);
}

/** Paths by which the namespaces of these endpoints can be entered by anybody, while this process lives. */
export function insidesOf(endpoints: readonly { readonly netns: { readonly fd: number } }[]): string[] {
  return endpoints.map(({ netns }) => `/proc/${process.pid}/fd/${netns.fd}`);
}

/** The same, as a program tells them. */
export function toldInsides(said: readonly string[]): string[] {
  return said.filter((line) => line.startsWith('INSIDE ')).map((line) => line.slice('INSIDE '.length));
}
