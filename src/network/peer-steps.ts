import { peerRules } from '../firewall/iptables/peers';
import { changePeers, preparePeers, rangeOf } from '../firewall/peers';
import type { NetworkTable } from '../firewall/network-table';
import type { FirewallRequest, Step } from '../plan/step';
import { forwardingPath } from './create-steps';
import { HOST, type Layout, type Peer, tablesOf } from './layout';
import { ROUTE_PROTOCOL } from './peer-routes';
import { flavourOf } from './rules-steps';

/** The steps that connect a network with peers; `isReady` if the table has met peers before. */
export function peerSteps(
  layout: Layout,
  peers: readonly Peer[],
  options: { isReady?: boolean; interfaces?: readonly string[]; hasRoute?: boolean } = {},
): Step[] {
  if (peers.length === 0) return [];
  const opened = [...new Set(peers.filter((one) => one.opened).map(({ device }) => device))];
  const interfaces = options.interfaces ?? opened;
  const rules = peerRulesStep(layout, peers, interfaces, options.isReady ?? false);
  // A network without NAT has not needed forwarding so far.
  const devices = [
    ...(layout.nat ? [] : [layout.device]),
    ...peers.filter((one) => one.enable).map(({ device }) => device),
  ];
  return [
    rules,
    ...[...new Set(devices)].map((device): Step => ({
      op: 'sysctl',
      netns: HOST,
      path: forwardingPath(device, 'ip'),
      value: '1',
    })),
    ...(options.hasRoute ? [] : peers.map(routeStep)),
  ];
}

function peerRulesStep(
  layout: Layout,
  peers: readonly Peer[],
  interfaces: readonly string[],
  isReady: boolean,
): Step {
  const { name: network, device, nat } = layout;
  const flavour = flavourOf(layout);
  if (flavour !== undefined) {
    const rules = { network, device, nat, subnets: peers.map(({ subnet }) => subnet), interfaces };
    const [input, inverse] = [peerRules('add', rules), peerRules('delete', rules)];
    return { op: 'iptables', netns: HOST, flavour, family: 'ip', input, inverse };
  }
  const ranges = peers.map(({ subnet }) => rangeOf(subnet));
  const requests: FirewallRequest[] = [
    ...(isReady ? [] : preparePeers(tablesOf(layout)[0] as NetworkTable)),
    ...changePeers('add', network, ranges, interfaces),
  ];
  const inverse = changePeers('delete', network, ranges, interfaces);
  return { op: 'firewall', netns: HOST, requests, inverse };
}

function routeStep({ subnet: to, via, device: dev }: Peer): Step {
  return { op: 'route.add', netns: HOST, body: { to, via, dev, protocol: ROUTE_PROTOCOL } };
}
