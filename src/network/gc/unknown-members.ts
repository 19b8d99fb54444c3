import { ignoringNotFound } from '../../errors/not-found';
import { NetworkNamespace } from '../../netns/namespace';
import { namePath } from '../../nsfs/name';
import { namesPinned, pinnedInode } from '../../nsfs/nsfs';
import type { Tagged } from '../host/tagged';
import { readIntents } from '../journal/intents';
import { readAllRecords } from '../journal/records';

/**
 * What may be left of a network that was removed without its record: what nothing on the host shows to be the network's.
 * Ports have tags, with the names of the namespaces behind them; members with macvlan devices have no port.
 */
export async function unknownRest(
  host: NetworkNamespace,
  network: string,
  { ports, bridges }: Tagged,
): Promise<string[]> {
  if (bridges.length > 0) return [];
  const why = 'its record cannot be read, and the host has no bridge with its tag';
  const line = `network ${network}: ${why}: namespaces that it made, and devices that it adopted, may be left`;
  const names = ports.length > 0 ? [] : await unrecordedMacvlans(host);
  const what = `has a macvlan device, and may be a member of the network ${network}, whose record cannot be read`;
  return [line, ...names.map((name) => `netns ${name}: ${what}`)];
}

/** The named namespaces with a macvlan device that are no member of any network on record. */
async function unrecordedMacvlans({ cookie: host }: NetworkNamespace): Promise<string[]> {
  const all = [...readAllRecords(), ...readIntents(String(host))];
  const members = new Set(all.flatMap(({ members: some = [] }) => some.map(({ cookie }) => cookie)));
  const found: string[] = [];
  for (const name of await namesPinned()) {
    if ((await pinnedInode(namePath(name))) === undefined) continue;
    const netns = await ignoringNotFound(NetworkNamespace.open(name));
    if (netns === undefined) continue;
    try {
      const links = members.has(String(netns.cookie)) ? [] : await netns.rtnl.link.list();
      if (links.some(({ kind }) => kind === 'macvlan')) found.push(name);
    } finally {
      await netns.close();
    }
  }
  return found;
}
