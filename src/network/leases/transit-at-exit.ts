import { encodePart } from '../../codec/encode/program';
import { binding } from '../../executor/run-program';
import { deleteEmptyOpened, removeFromOpened } from '../../firewall/network/table/opened-table';
import type { Family } from '../../base/ip';
import { handleOf } from '../../nsfs/handle';
import type { NetworkNamespace } from '../../netns/namespace';
import { systemCall } from '../../nsfs/within';
import { openedTable } from './transit-table';

/** Limit of the wait for the kernel at the end of a process. */
const DEADLINE_MS = 1000;

/**
 * Removes closed devices from the host's table, and with the `last` the table. Devices without a lease in it keep the
 * table: gc() closes those. Synchronous, for the end of the process. Throws if the kernel refuses it.
 */
export function unblockTransitNow(
  host: NetworkNamespace,
  family: Family,
  devices: readonly number[],
  last: boolean,
): void {
  if (devices.length === 0) return;
  const table = openedTable();
  const transactions = [
    removeFromOpened(table, family, devices),
    ...(last ? [deleteEmptyOpened(table, family)] : []),
  ];
  const steps = transactions.map((requests) => ({ op: 'transaction', slot: 0, requests }) as const);
  const part = encodePart({ slots: [{ netns: handleOf(host) }], steps });
  systemCall('network.delete', undefined, () => {
    binding.transactNow({ ...part, atomic: true, deadlineMs: DEADLINE_MS });
  });
}
