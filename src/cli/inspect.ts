import { ruleWords } from '../rtnl/commands/rule';
import type { NamespaceSnapshot } from '../netns/inspect/snapshot';
import { firewallLines } from './inspect-firewall';
import { openArgument } from './namespace';
import { phrase, printJson, printLines } from './output';

export async function inspectCommand(
  namespace: string | undefined,
  { json = false }: { json?: boolean },
): Promise<void> {
  const netns = await openArgument(namespace);
  try {
    const snapshot = await netns.inspect();
    if (json) printJson(snapshot);
    else printLines(describe(snapshot));
  } finally {
    await netns.close();
  }
}

/** A readable snapshot: the output of `ip` and `nft` without rarely needed details. */
export function describe(snapshot: NamespaceSnapshot): string[] {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Devices', deviceLines(snapshot)],
    ['Routes', routeLines(snapshot)],
    ['Rules', ruleLines(snapshot)],
    ['Neighbours', neighbourLines(snapshot)],
    ['Firewall', firewallLines(snapshot)],
  ];
  return sections.flatMap(([title, lines]) =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)],
  );
}

function deviceLines({ links, addresses }: NamespaceSnapshot): string[] {
  const names = new Map(links.map(({ index, ifname }) => [index, ifname]));
  return links.map(({ index, ifname, kind, up, mtu, master, address, linked }) => {
    const place = linked?.netns;
    const where =
      place && (place.name ?? (place.pid === undefined ? `id ${place.nsid}` : `pid ${place.pid}`));
    const other =
      linked && `@${linked.ifname ?? `if${linked.index}`}${where === undefined ? '' : ` in ${where}`}`;
    return phrase(
      ...[`${index}:`, `${ifname}${other ?? ''}`, kind, up ? 'up' : 'down', `mtu ${mtu}`],
      master !== undefined && `master ${names.get(master) ?? master}`,
      address !== undefined && `link ${address}`,
      ...addresses.filter(({ dev }) => dev === index).map((found) => found.address),
    );
  });
}

// The kernel derives the table "local" from the addresses.
function routeLines({ links, routes }: NamespaceSnapshot): string[] {
  const names = new Map(links.map(({ index, ifname }) => [index, ifname]));
  const deviceOf = (index: number | undefined): string | undefined =>
    index === undefined ? undefined : `dev ${names.get(index) ?? index}`;
  return routes
    .filter(({ table }) => table !== 'local')
    .map(({ type, to, family, via, dev, table, src, priority, multipath = [] }) =>
      phrase(
        ...[
          type !== 'unicast' && String(type),
          to ?? 'default',
          family === 'inet6' && to === undefined && '(IPv6)',
        ],
        ...[via && `via ${via}`, deviceOf(dev), table !== 'main' && `table ${String(table)}`],
        ...[src && `src ${src}`, priority !== undefined && `metric ${priority}`],
        ...multipath.map(({ via: hop, dev: index, weight }) =>
          phrase('nexthop', hop && `via ${hop}`, deviceOf(index), `weight ${weight}`),
        ),
      ),
    );
}

function ruleLines({ rules }: NamespaceSnapshot): string[] {
  const ofIp = rules.filter(({ family }) => family === 'inet' || family === 'inet6');
  return ofIp.map(
    ({ family, priority, action, table, flags: _, protocol: __, not, from = 'all', to, ...more }) => {
      const { tos, suppressPrefixlen, ...rest } = more;
      const match = {
        ...{ ...(not && { not }), from, ...(to !== undefined && { to }), ...rest },
        // The kernel reports both for every rule.
        ...{ ...(tos !== 0 && { tos }), ...(suppressPrefixlen !== -1 && { suppressPrefixlen }) },
      };
      return phrase(
        ...[`${priority}:`, family === 'inet6' && '(IPv6)', ...ruleWords(match)],
        action === 'lookup' ? `lookup ${String(table)}` : String(action),
      );
    },
  );
}

function neighbourLines({ links, neighbours }: NamespaceSnapshot): string[] {
  const names = new Map(links.map(({ index, ifname }) => [index, ifname]));
  // Neighbours with multicast addresses are computed, not learnt.
  const learnt = neighbours.filter(({ state }) => state !== 'noarp');
  return learnt.map(({ to, lladdr, dev, state }) =>
    phrase(to, `dev ${names.get(dev) ?? dev}`, lladdr && `link ${lladdr}`, String(state)),
  );
}
