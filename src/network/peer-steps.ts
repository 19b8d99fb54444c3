import { changePeers, preparePeers } from '../firewall/peers';
import type { NetworkTable } from '../firewall/network-table';
import type { FirewallRequest, Step } from '../plan/step';
import { forwardingPath } from './create-steps';
import { HOST, type Layout, type Peer, tablesOf } from './layout';
import { ROUTE_PROTOCOL } from './peer-routes';
import { parseSubnet, type Subnet } from './subnet';

/** The steps that connect a network with peers; `isReady` if the table has met peers before. */
export function peerSteps(
  layout: Layout,
  peers: readonly Peer[],
  options: { isReady?: boolean; interfaces?: readonly string[]; hasRoute?: boolean } = {},
): Step[] {
  if (peers.length === 0) return [];
  const opened = [...new Set(peers.filter((one) => one.opened).map(({ device }) => device))];
  const interfaces = options.interfaces ?? opened;
  const subnets = peers.map(({ subnet }) => parseSubnet(subnet) as Subnet);
  const requests: FirewallRequest[] = [
    ...(options.isReady ? [] : preparePeers(tablesOf(layout)[0] as NetworkTable)),
    ...changePeers('add', layout.name, subnets, interfaces),
  ];
  const inverse = changePeers('delete', layout.name, subnets, interfaces);
  // A network without NAT has not needed forwarding so far.
  const devices = [
    ...(layout.nat ? [] : [layout.device]),
    ...peers.filter((one) => one.enable).map(({ device }) => device),
  ];
  return [
    { op: 'firewall', netns: HOST, requests, inverse },
    ...[...new Set(devices)].map((device): Step => ({
      op: 'sysctl',
      netns: HOST,
      path: forwardingPath(device, 'ip'),
      value: '1',
    })),
    ...(options.hasRoute ? [] : peers.map(routeStep)),
  ];
}

function routeStep({ subnet: to, via, device: dev }: Peer): Step {
  return { op: 'route.add', netns: HOST, body: { to, via, dev, protocol: ROUTE_PROTOCOL } };
}
