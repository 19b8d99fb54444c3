import { addressBytes, addressText as textOf, type Family } from '../../base/ip';
import { addressText } from '../addressing/subnet';
import type { Layout } from './layout';

/** The address families that the host forwards. */
export function familiesOf({ inet6 }: Pick<Layout, 'inet6'>): Family[] {
  return inet6 ? ['ip', 'ip6'] : ['ip'];
}

/** A network's addresses in one family. */
export interface FamilySide {
  readonly family: Family;
  /** '10.0.0.0/24', with the prefix 24. */
  readonly subnet: string;
  readonly prefix: string;
  readonly gateway: string;
}

/** The families in which a network has addresses, IPv4 first. */
export function sidesOf({
  subnet,
  gateway,
  inet6,
}: Pick<Layout, 'subnet' | 'gateway' | 'inet6'>): FamilySide[] {
  const sides = [sideOf('ip', subnet.text, gateway)];
  if (inet6) sides.push(sideOf('ip6', inet6.subnet, inet6.gateway));
  return sides;
}

function sideOf(family: Family, subnet: string, gateway: string): FamilySide {
  return { family, subnet, prefix: subnet.split('/')[1] ?? '', gateway };
}

/** A network's subnet in one family; undefined: it has none. */
export function subnetOf(
  { subnet, inet6 }: Pick<Layout, 'subnet' | 'inet6'>,
  family: Family,
): string | undefined {
  return family === 'ip' ? subnet.text : inet6?.subnet;
}

/** One of two addresses that an endpoint may have. */
export function sampleAddress({ subnet, gateway, inet6 }: Layout, family: Family, which: 1 | 2 = 1): string {
  if (family === 'ip') {
    const last = [1, 2, 3].map((back) => addressText(subnet.last - back));
    return last.filter((address) => address !== gateway)[which - 1] ?? gateway;
  }
  const bytes = Uint8Array.from(addressBytes(inet6?.gateway ?? '::'));
  bytes[15] = (bytes[15] ?? 0) ^ (1 + which);
  return textOf(bytes);
}
