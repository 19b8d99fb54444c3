import { readIntents } from './journal';
import type { Member } from './layout';
import type { Standing } from './setup';
import { undeleted } from './undeleted';

/**
 * Tells which members of a persistent network have left it or are about to, by whichever process; undefined: the network itself
 * has been deleted, or is about to be.
 */
export function leaving({ host, layout }: Standing): ((member: Member) => boolean) | undefined {
  const record = undeleted(host, layout);
  if (record === undefined) return undefined;
  const staying = new Map(record.members.map(({ port, cookie }) => [port, cookie]));
  for (const { action, of, members = [] } of readIntents(String(host.cookie))) {
    if (action === 'detach' && of === layout.id) for (const { port } of members) staying.delete(port);
  }
  return ({ port, cookie }) => staying.get(port) !== cookie;
}
