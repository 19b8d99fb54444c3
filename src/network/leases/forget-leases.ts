import type { NetworkNamespace } from '../../netns/namespace';
import { removeFile } from '../journal/files/files';
import { type LeaseHolder, isOneWithLifetime } from './lease-holder';
import type { Leased } from '../journal/files/shapes';
import { filesOf, writeStored } from '../journal/files/stored';

/** Removes a network from the leases of a deleted host: everything leased went with the host. Call it under the lock. */
export function forgetLeases(
  host: Pick<NetworkNamespace, 'cookie'>,
  network: string,
  lifetime: 'process' | 'persistent',
): void {
  const leaves = isOneWithLifetime(new Set([network]), lifetime);
  for (const { file, stored } of (['forwarding', 'routes'] as const).flatMap(filesOf)) {
    if (!('value' in stored)) continue;
    const found = stored.value as Leased & { readonly holders: readonly LeaseHolder[] };
    const holders = found.holders.filter((holder) => !leaves(holder));
    if (found.host !== String(host.cookie) || holders.length === found.holders.length) continue;
    if (holders.length > 0) writeStored(file, { ...found, holders });
    else removeFile(file);
  }
}
