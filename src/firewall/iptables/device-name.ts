import { ValidationError } from '../../errors/errors';
import type { DeviceNames } from '../nft/expressions';

/** The argument of iptables' options -i and -o. */
export function deviceArgument(names: DeviceNames): string {
  return typeof names === 'string' ? names : `${names.prefix}+`;
}

/**
 * Rejects a device name that iptables would read as a prefix: a final "+" matches all names with that prefix
 * (iptables(8), --in-interface), and cannot be escaped. `path` is the field of the name.
 */
export function checkDeviceName(ifname: string, path: string): void {
  if (!ifname.endsWith('+')) return;
  const problem =
    'must not end in "+" with iptables, which reads such a name as a prefix: choose another name, or nftables';
  throw new ValidationError({ operation: 'network.create', path, value: ifname, problem });
}
