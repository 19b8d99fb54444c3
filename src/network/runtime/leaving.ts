import { readIntents } from '../journal/intents';
import type { Member } from '../model/member';
import { readRecord } from '../journal/records';
import type { NetworkRuntime } from './runtime';

/** Whether a member of a persistent network has left it or is about to. */
export type Leaving = (member: Member) => boolean;

/** For a network that was deleted, or is about to be. */
export const EVERYONE: Leaving = () => true;

/**
 * Which members leave, whichever process detaches them. Undefined where the journal knows neither the network nor its
 * end: its record is lost, or it was deleted before.
 */
export function leaving({ host, layout }: NetworkRuntime): Leaving | undefined {
  const cookie = String(host.cookie);
  const changes = readIntents(cookie).filter(({ of }) => of === layout.id);
  if (changes.some(({ action }) => action === 'delete')) return EVERYONE;
  const record = readRecord(cookie, layout.name);
  if (record === undefined) return undefined;
  if (record.layout.id !== layout.id) return EVERYONE;
  const staying = new Map(record.members.map(({ port, cookie: own }) => [port, own]));
  for (const { action, members = [] } of changes) {
    if (action === 'detach') for (const { port } of members) staying.delete(port);
  }
  return ({ port, cookie: own }) => staying.get(port) !== own;
}
