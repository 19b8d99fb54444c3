import { encodePart } from '../../codec/encode/program';
import { binding } from '../../executor/run-program';
import { deleteIdleOpened, takeOutOpened } from '../../firewall/network/opened-table';
import type { Family } from '../../base/ip';
import { handleOf } from '../../nsfs/handle';
import type { NetworkNamespace } from '../../netns/namespace';
import { systemCall } from '../../nsfs/within';
import { openedTable } from './strangers';

/** So long the end of a process waits for the kernel. */
const DEADLINE_MS = 1000;

/**
 * Takes devices that were closed out of the host's table, and with the `last` the table. What is in it without a lease keeps it:
 * gc() closes that. Synchronous, for the end of the process. Throws if the kernel refuses it.
 */
export function letStrangersGo(
  host: NetworkNamespace,
  family: Family,
  devices: readonly number[],
  last: boolean,
): void {
  if (devices.length === 0) return;
  const table = openedTable();
  const transactions = [
    takeOutOpened(table, family, devices),
    ...(last ? [deleteIdleOpened(table, family)] : []),
  ];
  const steps = transactions.map((requests) => ({ op: 'transaction', slot: 0, requests }) as const);
  const part = encodePart({ slots: [{ netns: handleOf(host) }], steps });
  systemCall('network.delete', undefined, () => {
    binding.transactNow({ ...part, atomic: true, deadlineMs: DEADLINE_MS });
  });
}
