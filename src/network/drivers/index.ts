import { hostBridge, lanBridge, ownBridge } from './bridge';
import type { Driver, KindFields } from './driver';
import { macvlan } from './macvlan';
import { openvswitch } from './openvswitch';
import { hostRouter, router, segmentRouters } from './routed';

/** The kinds of networks. A special kind stands before the general one. */
const DRIVERS: readonly Driver[] = [
  macvlan,
  openvswitch,
  router,
  segmentRouters,
  hostRouter,
  lanBridge,
  hostBridge,
  ownBridge,
];

/** The driver of a network. */
export function driverOf(network: KindFields): Driver {
  for (const driver of DRIVERS) if (driver.serves(network)) return driver;
  throw new TypeError('a network of no known kind');
}
