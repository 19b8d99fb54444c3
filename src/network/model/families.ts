import { addressBytes, addressText as textOf, type Family } from '../../base/ip';
import { addressText } from '../addressing/subnet';
import type { Layout } from './layout';

/** The address families that the host forwards. */
export function familiesOf({ inet6 }: Pick<Layout, 'inet6'>): Family[] {
  return inet6 ? ['ip', 'ip6'] : ['ip'];
}

/** One of two addresses that an endpoint may have. */
export function insideOf({ subnet, gateway, inet6 }: Layout, family: Family, which: 1 | 2 = 1): string {
  if (family === 'ip') {
    const last = [1, 2, 3].map((back) => addressText(subnet.last - back));
    return last.filter((address) => address !== gateway)[which - 1] ?? gateway;
  }
  const bytes = Uint8Array.from(addressBytes(inet6?.gateway ?? '::'));
  bytes[15] = (bytes[15] ?? 0) ^ (1 + which);
  return textOf(bytes);
}
