import type { Family } from '../../base/ip';
import type { NetworkTable } from '../../firewall/network/table/network-table';
import type { PublishedPort } from '../../firewall/network/published-port';
import type { Step } from '../../plan/spec/step';
import type { Layout } from '../model/layout';

/** The steps that change a network's rules in one of the back ends, with those that undo them. */
export interface FirewallSteps {
  /** Create the rules that the tables describe. */
  create(layout: Layout, tables: readonly NetworkTable[]): Step[];
  publish(network: string, ports: readonly PublishedPort[]): Step[];
  /** Drop packets that arrive on these interfaces and are for no network: the interfaces forward for networks alone. */
  dropTransit(network: string, family: Family, interfaces: readonly string[]): Step;
  /** Admit peers' subnets to a network; `isReady` if its rules have had peers before. */
  admitPeers(table: NetworkTable, subnets: readonly string[], isReady: boolean): Step;
}
