import { derivedMac } from '../addressing/derived-names';
import type { Layout } from './layout';

/** The roles of a network's own devices, of which no kind of network has all. */
const ROLES = ['bridge', 'gateway', 'vxlan'];

/** The MAC addresses of a network's own devices, besides its endpoints. */
export function ownMacs({ name, gateway }: Pick<Layout, 'name' | 'gateway'>): string[] {
  return ROLES.map((role) => derivedMac(name, role, gateway));
}
