import { ignoringGone } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import { linksOf } from './egress';
import { readLink } from './links';

/** What is noted of a device: its name, and what stays when somebody gives it another. */
interface Noted {
  readonly ifname: string;
  /** Absent from what older versions noted. */
  readonly index?: number | undefined;
}

/** What became of devices since they were noted. */
interface Moves<T> {
  /** Those that have another name now, and that name. */
  readonly renamed: ReadonlyMap<T, string>;
  readonly gone: ReadonlySet<T>;
}

/** Which of the noted devices of a host were renamed or are gone. */
export async function movesOf<T extends Noted>(
  host: NetworkNamespace,
  noted: readonly T[],
): Promise<Moves<T>> {
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
  // A list of many leaves parts of other devices out.
  const missing = [...indexes].filter((index) => !names.has(index));
  const others = await Promise.all(missing.map((index) => ignoringGone(readLink(host, index))));
  for (const link of others) if (link) names.set(link.index, link.ifname);
  return names;
}
