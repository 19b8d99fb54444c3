import type { NetworkNamespace } from '../../netns/namespace';
import { standingNetworks } from '../host/tagged';
import { mayHaveRecords } from '../journal/records';

/**
 * Whether a host may have a network besides those that are leaving: by its records, and by what is on the host, since
 * records may be lost.
 */
export async function mayHaveOthers(host: NetworkNamespace, leaving: ReadonlySet<string>): Promise<boolean> {
  if (mayHaveRecords(String(host.cookie), leaving)) return true;
  return [...(await standingNetworks(host))].some((name) => !leaving.has(name));
}
