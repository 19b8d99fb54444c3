import { ValidationError } from '../../errors/errors';
import type { DeviceNames } from '../nft/expressions';

/** Devices as iptables' options -i and -o name them. */
export function deviceArgument(names: DeviceNames): string {
  return typeof names === 'string' ? names : `${names.prefix}+`;
}

/**
 * Refuses a device whose name iptables would read as a prefix: a final "+" stands for every name that begins so (iptables(8),
 * --in-interface), and there is no way to escape it. `path` is the field that the name comes from.
 */
export function checkDeviceName(ifname: string, path: string): void {
  if (!ifname.endsWith('+')) return;
  const problem =
    'must not end in "+" with iptables, which takes such a name for a prefix: choose another name, or nftables';
  throw new ValidationError({ operation: 'network.create', path, value: ifname, problem });
}
