import { ValidationError } from '../../errors/errors';
import type { Addresses } from '../addressing/addresses';
import { derivedMac, type EndpointIds } from '../addressing/derived-names';
import { driverOf } from '../drivers';
import type { Layout } from '../model/layout';

/**
 * Refuses a chosen MAC address that is in use: a bridge sends frames for an address to one port only, and the gateway's
 * address would cut everybody off from the gateway. For children of a device the kernel compares the addresses itself.
 */
export function checkMac(layout: Layout, taken: Addresses, { portMac }: EndpointIds, mac: string): void {
  if (driverOf(layout).can.shareMacs || (!taken.has(mac) && mac !== portMac)) return;
  const problem = 'is in use on this network: choose another address or omit this option';
  throw new ValidationError({ operation: 'network.attach', path: 'mac', value: mac, problem });
}

/** The identifiers that follow from an endpoint's address, without MAC addresses that were chosen for other endpoints. */
export function freeIds(layout: Layout, taken: Addresses, address: string, ids: EndpointIds): EndpointIds {
  const { mac, portMac } = ids;
  if (driverOf(layout).can.shareMacs || (!taken.has(mac) && !taken.has(portMac))) return ids;
  const free = (derived: string, role: string): string =>
    taken.has(derived) ? derivedMac(layout.name, role, address) : derived;
  return { ...ids, mac: free(mac, 'endpoint'), portMac: free(portMac, 'port') };
}
