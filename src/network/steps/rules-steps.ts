import type { PublishedPort } from '../../firewall/network/published-port';
import type { Step } from '../../plan/spec/step';
import { flavourOf } from '../model/firewall';
import { type Layout } from '../model/layout';
import type { FirewallSteps } from './firewall-steps';
import { iptablesSteps } from './iptables-steps';
import { tablesOf } from './network-tables';
import { nftablesSteps } from './nftables-steps';

/** The steps of a network's back end. */
export function firewallStepsOf(layout: Layout): FirewallSteps {
  const flavour = flavourOf(layout);
  return flavour === undefined ? nftablesSteps : iptablesSteps(flavour);
}

/** The steps that create a network's rules. */
export function rulesSteps(layout: Layout): Step[] {
  const tables = tablesOf(layout);
  return tables.length === 0 ? [] : firewallStepsOf(layout).create(layout, tables);
}

/** The steps that publish ports. */
export function portSteps(layout: Layout, ports: readonly PublishedPort[]): Step[] {
  return ports.length === 0 ? [] : firewallStepsOf(layout).publish(layout.name, ports);
}
