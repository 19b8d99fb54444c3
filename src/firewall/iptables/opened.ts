import { ISOLATED_GROUP, OPEN_GROUP } from '../network/table/network-table';
import { chainName, restoreText } from './rules';
import type { SavedTable } from './saved';

/** Interfaces that begin or cease to forward for networks only. */
interface OpenedChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/**
 * The input for iptables-restore to drop packets that arrive on interfaces and are for no network, or to accept them
 * again. The interfaces forward only because of networks.
 */
export function openedRules(network: string, { add, remove }: OpenedChange): string {
  if (add.length + remove.length === 0) return '';
  const lines = (verb: '-A' | '-D', interfaces: readonly string[]): string[] =>
    interfaces.map((name) => `${verb} ${chainName(network, 'forward')} ${transitDrop(name)}`);
  return restoreText('filter', [...lines('-A', add), ...lines('-D', remove)]);
}

/** The interfaces with such rules of a network. */
export function openedInterfaces(saved: readonly SavedTable[], network: string): string[] {
  const start = `-A ${chainName(network, 'forward')} -i `;
  return saved
    .flatMap(({ lines }) => lines.filter((line) => line.startsWith(start)))
    .flatMap((line) => / -i (\S+) -m devgroup .*-j DROP$/.exec(line)?.[1] ?? []);
}

function transitDrop(ifname: string): string {
  const groups = [OPEN_GROUP, ISOLATED_GROUP].map((group) => `-m devgroup ! --dst-group ${String(group)}`);
  return `-i ${ifname} ${groups.join(' ')} -j DROP`;
}
