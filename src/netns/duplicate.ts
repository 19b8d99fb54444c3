import { binding } from '../executor/run-program';
import { giveHandle, takeHandle } from '../nsfs/handle';
import { within } from '../nsfs/within';
import { NetworkNamespace } from './namespace';

/**
 * A second object for an open namespace, with a descriptor and sockets of its own: it stays open when the first is closed. Throws a
 * ClosedError for a closed one. Synchronous: no other namespace can get the first one's descriptor meanwhile.
 */
export function duplicate(netns: NetworkNamespace, operation: string): NetworkNamespace {
  const opened = within(netns, operation, () => binding.current());
  return new NetworkNamespace({ ...opened, name: netns.name, owned: false });
}

/** Opens a closed duplicate again, where the first object is open; otherwise it stays closed. */
export function renew(closed: NetworkNamespace, first: NetworkNamespace): void {
  if (closed.fd >= 0 || first.fd < 0) return;
  const handle = takeHandle(duplicate(first, 'netns.open'));
  if (handle) giveHandle(closed, handle);
}
