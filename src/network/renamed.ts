import type { NetworkNamespace } from '../netns/namespace';
import { linksOf } from './egress';

/** What is noted of a device: its name, and what stays when somebody gives it another. */
interface Noted {
  readonly ifname: string;
  /** Absent from what older versions noted. */
  readonly index?: number | undefined;
}

/** The new names of devices that were renamed since they were noted. */
export async function renamed<T extends Noted>(
  host: NetworkNamespace,
  noted: readonly T[],
): Promise<Map<T, string>> {
  const indexes = new Set(noted.flatMap(({ index }) => index ?? []));
  const links = await linksOf(host, indexes);
  const names = new Map(links.map(({ index, ifname }) => [index, ifname]));
  return new Map(
    noted.flatMap((one): [T, string][] => {
      const name = one.index === undefined ? undefined : names.get(one.index);
      return name === undefined || name === one.ifname ? [] : [[one, name]];
    }),
  );
}
