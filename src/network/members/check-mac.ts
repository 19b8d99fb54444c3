import { ValidationError } from '../../errors/errors';
import type { Addresses } from '../addressing/addresses';
import { derivedMac, type EndpointIds } from '../addressing/derived-names';
import type { Layout } from '../model/layout';

/**
 * Refuses a MAC address that the caller chose for an endpoint, if it is in use: a bridge sends what is for that address to one of its ports
 * alone, and the gateway's own would take the gateway away from everybody. The kernel itself compares those of children of a device.
 */
export function checkMac({ macvlan }: Layout, taken: Addresses, { portMac }: EndpointIds, mac: string): void {
  if (macvlan || (!taken.has(mac) && mac !== portMac)) return;
  const problem = 'is in use on this network: choose another or leave it out';
  throw new ValidationError({ operation: 'network.attach', path: 'mac', value: mac, problem });
}

/** What an endpoint's address stands for, but for MAC addresses that somebody chose for another endpoint. */
export function freeIds(
  { name, macvlan }: Layout,
  taken: Addresses,
  address: string,
  ids: EndpointIds,
): EndpointIds {
  const { mac, portMac } = ids;
  if (macvlan || (!taken.has(mac) && !taken.has(portMac))) return ids;
  const free = (derived: string, role: string): string =>
    taken.has(derived) ? derivedMac(name, role, address) : derived;
  return { ...ids, mac: free(mac, 'endpoint'), portMac: free(portMac, 'port') };
}
