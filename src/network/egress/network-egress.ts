import type { Family } from '../../base/ip';
import { driverOf } from '../drivers';
import { type EgressNeeds, readEgress } from '../host/egress';
import type { Layout } from '../model/layout';
import type { Place } from './transit-filter';

/** Whether the host forwards packets from a network's own devices. */
export function isForwarded(layout: Layout): boolean {
  const { nat, open = false } = layout;
  return nat || open || driverOf(layout).forwardsAlways;
}

/** Reads the forwarding that the host lacks for a network. `more` are devices that it needs in any case. */
export function readNetworkEgress(
  { host, layout }: Pick<Place, 'host' | 'layout'>,
  family: Family,
  more: readonly string[] = [],
): Promise<EgressNeeds> {
  const { nat, interfaces } = layout;
  const inner = driverOf(layout).innerDevices(layout);
  return readEgress(host, { nat, inner, ...(interfaces && { interfaces }) }, family, more);
}
