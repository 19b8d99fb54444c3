import { peerRules } from '../../firewall/iptables/peers';
import { changePeers, preparePeers, rangeOf } from '../../firewall/network/peers';
import type { NetworkTable } from '../../firewall/network/table/network-table';
import type { FirewallRequest } from '../../firewall/nft/requests';
import type { Step } from '../../plan/spec/step';
import { forwardSteps } from '../drivers/parts/link-steps';
import { type Layout } from '../model/layout';
import { tablesOf } from './network-tables';
import { HOST } from '../model/labels';
import { type Peer } from '../model/network-state';
import { ROUTE_PROTOCOL } from '../host/routes';
import { flavourOf } from '../model/firewall';

/** The steps that connect a network with peers; `isReady` if the table has had peers before. */
export function peerSteps(
  layout: Layout,
  peers: readonly Peer[],
  options: { isReady?: boolean; hasRoute?: boolean } = {},
): Step[] {
  if (peers.length === 0) return [];
  return [
    peerRulesStep(layout, peers, options.isReady ?? false),
    // A network without NAT has not needed forwarding so far.
    ...(layout.nat ? [] : forwardSteps([layout.device], 'ip')),
    ...(options.hasRoute ? [] : peers.map(routeStep)),
  ];
}

function peerRulesStep(layout: Layout, peers: readonly Peer[], isReady: boolean): Step {
  const { name: network } = layout;
  const { device, nat, shut } = tablesOf(layout)[0] as NetworkTable;
  const flavour = flavourOf(layout);
  if (flavour !== undefined) {
    const rules = { network, device, nat, shut, subnets: peers.map(({ subnet }) => subnet) };
    const [input, inverse] = [peerRules('add', rules), peerRules('delete', rules)];
    return { op: 'iptables', netns: HOST, flavour, family: 'ip', input, inverse };
  }
  const ranges = peers.map(({ subnet }) => rangeOf(subnet));
  const requests: FirewallRequest[] = [
    ...(isReady ? [] : preparePeers(tablesOf(layout)[0] as NetworkTable)),
    ...changePeers('add', network, ranges),
  ];
  const inverse = changePeers('delete', network, ranges);
  return { op: 'firewall', netns: HOST, requests, inverse };
}

function routeStep({ subnet: to, via, device: dev }: Peer): Step {
  return { op: 'route.add', netns: HOST, body: { to, via, dev, protocol: ROUTE_PROTOCOL } };
}
