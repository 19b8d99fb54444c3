import { ignoringNotFound } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import { linksOf } from './egress';
import { readLink } from './links';

/** A recorded device: its name, and an index that survives renames. */
interface RecordedDevice {
  readonly ifname: string;
  /** Absent in records of older versions. */
  readonly index?: number | undefined;
}

/** The changes of recorded devices. */
interface DeviceChanges<T> {
  /** Renamed devices, with the new names. */
  readonly renamed: ReadonlyMap<T, string>;
  readonly gone: ReadonlySet<T>;
}

/** The recorded devices of a host that were renamed or are gone. */
export async function deviceChanges<T extends RecordedDevice>(
  host: NetworkNamespace,
  noted: readonly T[],
): Promise<DeviceChanges<T>> {
  const indexes = new Set(noted.flatMap(({ index }) => index ?? []));
  const names = await namesOf(host, indexes);
  const renamed = new Map<T, string>();
  const gone = new Set<T>();
  for (const one of noted) {
    if (one.index === undefined) continue;
    const name = names.get(one.index);
    if (name === undefined) gone.add(one);
    else if (name !== one.ifname) renamed.set(one, name);
  }
  return { renamed, gone };
}

async function namesOf(
  host: NetworkNamespace,
  indexes: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string>> {
  const links = await linksOf(host, indexes);
  const names = new Map(links.map(({ index, ifname }) => [index, ifname]));
  // A list of many leaves devices with a master out.
  const missing = [...indexes].filter((index) => !names.has(index));
  const others = await Promise.all(missing.map((index) => ignoringNotFound(readLink(host, index))));
  for (const link of others) if (link) names.set(link.index, link.ifname);
  return names;
}
