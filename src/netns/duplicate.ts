import { binding } from '../executor/run-program';
import { giveHandle, takeHandle } from '../nsfs/handle';
import { within } from '../nsfs/within';
import { NetworkNamespace } from './namespace';

/**
 * A second object for an open namespace, with its own descriptor and sockets: it stays open when the first is closed.
 * Throws a ClosedError for a closed one. Synchronous, so that the first one's descriptor number cannot be reused for
 * another namespace in between.
 */
export function duplicate(netns: NetworkNamespace, operation: string): NetworkNamespace {
  const opened = within(netns, operation, () => binding.current());
  return new NetworkNamespace({ ...opened, name: netns.name, owned: false });
}

/** Reopens a closed duplicate if the first object is open; otherwise it stays closed. */
export function renew(closed: NetworkNamespace, first: NetworkNamespace): void {
  if (closed.fd >= 0 || first.fd < 0) return;
  const handle = takeHandle(duplicate(first, 'netns.open'));
  if (handle) giveHandle(closed, handle);
}
