import type { NetworkTable } from '../../firewall/network/table/network-table';
import type { Step } from '../../plan/spec/step';
import { forwardSteps } from '../drivers/parts/link-steps';
import { type Layout } from '../model/layout';
import { tablesOf } from './network-tables';
import { HOST } from '../model/labels';
import { type Peer } from '../model/network-state';
import { ROUTE_PROTOCOL } from '../host/routes';
import { firewallStepsOf } from './rules-steps';

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
  const table = tablesOf(layout)[0] as NetworkTable;
  const subnets = peers.map(({ subnet }) => subnet);
  return firewallStepsOf(layout).admitPeers(table, subnets, isReady);
}

function routeStep({ subnet: to, via, device: dev }: Peer): Step {
  return { op: 'route.add', netns: HOST, body: { to, via, dev, protocol: ROUTE_PROTOCOL } };
}
