import { networksOf } from '../../nsfs/resolvers';
import type { Zone } from '../../dns/zone';
import type { NetworkState } from '../model/network-state';
import { addressesOf } from '../model/member';
import type { NetworkRuntime } from '../runtime/runtime';
import { lazy } from './lazy';

type Members = NetworkState['members'];
type Place = Pick<NetworkRuntime, 'layout' | 'ledger'>;

interface Known {
  readonly members: Members;
  readonly zone: Zone;
  /** The namespace behind each address, as its cookie. */
  readonly cookies: ReadonlyMap<string, bigint>;
}

const known = new WeakMap<Place['ledger'], Known>();

/** The current names of a network. */
export async function zoneOf(place: Place): Promise<Zone> {
  return (await read(place)).zone;
}

/**
 * The names for a client: those of its network, then those of the other networks that its namespace is on. The C
 * library asks the second server of a resolv.conf only if the first one fails, not if it denies a name. Each resolver
 * must therefore know the names of all of them.
 */
export async function zonesFor(place: Place, client: string): Promise<readonly Zone[]> {
  const { zone, cookies } = await read(place);
  const cookie = cookies.get(client);
  const networks = cookie === undefined ? [] : networksOf({ cookie });
  const others = networks.filter(({ address }) => address !== place.layout.gateway);
  // An unreadable record of one network must not fail the names of all the others.
  const zones = others.map((other) => other.zone().catch(() => undefined));
  return [zone, ...(await Promise.all(zones)).filter((other) => other !== undefined)];
}

// A ledger returns the same list of members until it changes.
async function read({ layout, ledger }: Place): Promise<Known> {
  const { members } = await ledger.read();
  const last = known.get(ledger);
  if (last?.members === members) return last;
  const hosts = members.map((member) => ({ name: member.name, addresses: addressesOf(member) }));
  const zone = new (lazy.zone().Zone)(layout.name, hosts);
  const cookies = new Map(
    members.flatMap(({ address, cookie }) => (cookie === undefined ? [] : [[address, BigInt(cookie)]])),
  );
  const found = { members, zone, cookies };
  known.set(ledger, found);
  return found;
}
