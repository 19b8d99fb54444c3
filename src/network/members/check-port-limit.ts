import { ValidationError } from '../../errors/errors';
import { driverOf } from '../drivers';
import type { Layout } from '../model/layout';
import type { NetworkState } from '../model/network-state';

/**
 * Refuses endpoints beyond the network's limit of ports. Throws a ValidationError, before the kernel would refuse the
 * last of them.
 */
export function checkPortLimit(
  layout: Layout,
  { members, adopted = [] }: NetworkState,
  count: number,
  operation: string,
): void {
  const limit = driverOf(layout).mostPorts(layout);
  if (limit === undefined) return;
  const most = limit.most - adopted.length;
  const free = most - members.length;
  if (count <= free) return;
  const attached = `${String(members.length)} of ${String(most)} endpoints are attached`;
  const problem = `must be at most ${String(free)}, because ${attached}: ${limit.remedy()}`;
  throw new ValidationError({ operation, path: 'namesOrCount', value: count, problem });
}
