import { addressBytes } from '../../base/ip';
import type { AddrInfo, RouteInfo } from '../../rtnl/types';

const IPV6_METRIC = 256;
const BITS = 8;

/**
 * Whether the kernel added a route by itself, with one of the addresses of its device. Others have routes of the
 * protocol `kernel` as well: NetworkManager adds one for an address without a prefix route.
 */
export function isKernelRoute(route: RouteInfo, addresses: readonly AddrInfo[]): boolean {
  const { protocol, table, via, to = '', family } = route;
  if (protocol !== 'kernel') return false;
  if (table === 'local' || (family === 'inet6' && to.startsWith('fe80:'))) return true;
  return table === 'main' && via === undefined && addresses.some((address) => isPrefixOf(route, address));
}

function isPrefixOf({ family, to = '', priority = 0 }: RouteInfo, info: AddrInfo): boolean {
  const { address, prefixlen, peer = '', rtPriority = 0, flags } = info;
  if (family !== info.family || (Array.isArray(flags) && flags.includes('noprefixroute'))) return false;
  if (priority !== (family === 'inet6' ? rtPriority || IPV6_METRIC : rtPriority)) return false;
  const [prefix = '', length] = to.split('/');
  const wanted = addressBytes(prefix);
  const bits = length === undefined ? wanted.length * BITS : Number(length);
  if (bits !== prefixlen && bits !== wanted.length * BITS) return false;
  return [address, peer]
    .map((text) => text.split('/', 1)[0] ?? '')
    .some((text) => text !== '' && startsAlike(wanted, addressBytes(text), bits));
}

function startsAlike(one: Uint8Array, other: Uint8Array, bits: number): boolean {
  const whole = Math.floor(bits / BITS);
  const mask = (0xff << (BITS - (bits % BITS))) & 0xff;
  if (one.subarray(0, whole).some((byte, index) => byte !== other[index])) return false;
  return ((one[whole] ?? 0) & mask) === ((other[whole] ?? 0) & mask);
}
