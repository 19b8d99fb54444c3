import type { KindFields } from '../model/layout';
import { hostBridge, lanBridge, ownBridge } from './bridge';
import type { Driver } from './driver';
import { macvlan } from './macvlan';
import { openvswitch } from './openvswitch';
import { hostRouter, router, segmentRouters } from './routed';

/** The kinds of networks, and which networks are of each. The first that fits counts. */
const DRIVERS: readonly (readonly [(network: KindFields) => boolean, Driver])[] = [
  [(network) => network.macvlan !== undefined, macvlan],
  [(network) => network.openvswitch !== undefined, openvswitch],
  [({ routed }) => routed === 'router', router],
  [({ routed }) => routed === 'segments', segmentRouters],
  [({ routed }) => routed === 'host', hostRouter],
  [({ parent }) => parent !== undefined, lanBridge],
  [({ lifetime }) => lifetime === 'persistent', hostBridge],
  [({ lifetime }) => lifetime === 'process', ownBridge],
];

/** The driver of a network. */
export function driverOf(network: KindFields): Driver {
  for (const [fits, driver] of DRIVERS) if (fits(network)) return driver;
  throw new TypeError('a network of unknown kind');
}
