import type { AddrInfo, NeighInfo, RouteInfo } from '../../rtnl/types';
import { type Address, defined, type Neighbour, type Route } from '../model/host-configuration';

const FOREVER = 0xffffffff;
const HUNDREDTHS = 100;

// Other flags are the kernel's progress with an address. By now the address has proved to be unique.
const LASTING: ReadonlySet<unknown> = new Set(['home', 'mngtmpaddr', 'noprefixroute', 'autojoin']);

/** The order in which routes can be added: those without a gateway lead to the gateways of the others. */
export function byGateway(a: RouteInfo, b: RouteInfo): number {
  return Number(a.via !== undefined) - Number(b.via !== undefined);
}

/** The address as a request adds it again, on a device of any name: the label 'eth0:1' of the device eth0 is ':1'. */
export function addressFrom(info: AddrInfo, dev: string): Address {
  const { family, address, peer, broadcast, scope, label, flags, cacheinfo, rtPriority, proto } = info;
  const lasting = typeof flags === 'object' ? flags.filter((flag) => LASTING.has(flag)) : [];
  const { preferred = FOREVER, valid = FOREVER } = cacheinfo ?? {};
  return {
    address,
    ...defined({ peer, broadcast, scope, rtPriority, proto }),
    ...(label !== undefined && label !== dev && { label: label.replace(`${dev}:`, ':') }),
    ...(valid !== FOREVER && { cacheinfo: { preferred, valid } }),
    flags: family === 'inet6' ? [...lasting, 'nodad'] : lasting,
  };
}

/** The route as a request adds it again, by another device. */
export function routeFrom({ to = 'default', ...info }: RouteInfo): Route {
  const { family, from, via, rtvia, table, tos, priority, type, scope, protocol } = info;
  const { onlink, src, metrics, pref, flow, cacheinfo: { expires = 0 } = {} } = info;
  return {
    to,
    ...defined({ family, from, via, rtvia, table, tos, priority, type, scope, protocol }),
    ...defined({ src, pref, flow, metrics }),
    ...(expires > 0 && { expires: Math.ceil(expires / HUNDREDTHS) }),
    ...(onlink === true && { onlink }),
  };
}

/** The neighbour as a request adds it again, on another device. */
export function neighbourFrom({ to = '', lladdr, state, flags, flagsExt, protocol }: NeighInfo): Neighbour {
  const lasting = typeof flags === 'object' && flags.length > 0 ? { flags } : {};
  return { to, ...lasting, ...defined({ lladdr, state, flagsExt, protocol }) };
}
