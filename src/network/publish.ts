import { ValidationError } from '../errors';
import { forgetUdp } from '../firewall/conntrack';
import { isAnyAddress, type PublishedPort } from '../firewall/published';
import type { NetworkNamespace } from '../netns/namespace';
import type { RouteInfo } from '../rtnl/types';
import type { NetworkState } from './changes';
import { choosePorts } from './choose-ports';
import { HostSockets } from './host-sockets';
import type { Layout, Member } from './layout';
import { OtherNetworks } from './published-elsewhere';
import { checkTargets, type CheckedRule } from './publication';
import { removePorts } from './remove';
import { withTables } from './rules-guard';
import type { Standing } from './setup';
import { carryOut, clearAway } from './undertaking';
import { checkWhole } from './whole';

/** Publishes checked rules as one transaction. Resolves with the ports of each rule. */
export async function publish(
  standing: Standing,
  rules: readonly CheckedRule[],
): Promise<readonly (readonly PublishedPort[])[]> {
  const operation = 'network.publish';
  const { layout, host, ledger } = standing;
  checkLayout(layout, rules, operation);
  const [others] = await Promise.all([
    OtherNetworks.of(standing),
    checkAddresses(host, rules, operation),
    checkWhole(standing, operation),
  ]);
  const protocols = {
    tcp: rules.some(({ protocol }) => protocol === 'tcp'),
    udp: rules.some(({ protocol }) => protocol === 'udp'),
  };
  const sockets = HostSockets.read(host, protocols, layout.loopback === true);
  const check = (state: NetworkState): void => {
    checkTargets(rules, state, operation);
  };
  const foreign = await others.publishedByProcesses(rules);
  let chosen: PublishedPort[][] = [];
  let ports: PublishedPort[] = [];
  let giveUp = (): void => undefined;
  const published = carryOut(ledger, {
    choose: (state) => {
      check(state);
      const taken = [...state.ports, ...foreign, ...others.publishedOnRecord()];
      chosen = choosePorts(rules, taken, sockets, operation);
      ports = chosen.flat();
      giveUp = others.claim(ports);
      return { action: 'publish', ports };
    },
    check,
    make: async () => {
      await withTables(standing.guard, () => standing.rules.publish(ports));
      await others.check(rules, ports, operation);
      await forgetUdp(host, ports);
      return chosen;
    },
    // Only those that lead where these lead: what the kernel had before is somebody else's.
    undo: async () => {
      await removePorts(host, standing.rules, ports);
    },
  });
  return published.finally(() => {
    giveUp();
  });
}

function checkLayout(
  { parent, nat, loopback }: Layout,
  rules: readonly CheckedRule[],
  operation: string,
): void {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  if (parent !== undefined)
    refuse(
      'parent',
      parent,
      'must not be there on a network that publishes ports: others on the LAN call its addresses directly',
    );
  if (!nat) refuse('nat', false, 'must not be false on a network that publishes ports');
  const local = rules.find(({ hostAddress }) => hostAddress.startsWith('127.'));
  if (local && !loopback)
    refuse(
      'hostAddress',
      local.hostAddress,
      'must not be a loopback address, unless the network was made with nat: { loopback: true }',
    );
}

// The rules meet what is addressed to the host, by the same table of local addresses.
async function checkAddresses(
  host: NetworkNamespace,
  rules: readonly CheckedRule[],
  operation: string,
): Promise<void> {
  const addresses = [...new Set(rules.map(({ hostAddress }) => hostAddress))].filter(
    (address) => !isAnyAddress(address),
  );
  const routes = await host.rtnl.batch((batch) => {
    for (const to of addresses) batch.route.get({ to });
  });
  const doubtful = addresses.filter((_, index) => {
    const route = routes[index];
    return !route?.ok || (route.reply as RouteInfo).type !== 'local';
  });
  if (doubtful.length === 0) return;
  // The kernel enters an IPv6 address that was just added into the table a moment later (addrconf_dad_work).
  const own = new Set((await host.rtnl.addr.list()).map(({ address }) => address.split('/')[0]));
  const foreign = doubtful.find((address) => !own.has(address));
  if (foreign === undefined) return;
  const problem =
    "must be an address that the host has: add it first, or publish on all by '0.0.0.0' or '::'";
  throw new ValidationError({ operation, path: 'hostAddress', value: foreign, problem });
}

/** Withdraws ports that were published to members. Those of a member that has left went with it. */
export async function withdraw(
  { host, ledger, rules }: Standing,
  published: ReadonlyMap<PublishedPort, Member>,
): Promise<void> {
  let ports: PublishedPort[] = [];
  await clearAway(ledger, {
    choose: ({ members }) => {
      const cookies = new Map(members.map(({ port, cookie }) => [port, cookie]));
      ports = [...published].filter(([, to]) => cookies.get(to.port) === to.cookie).map(([port]) => port);
      return { action: 'withdraw', ports };
    },
    take: async () => {
      await removePorts(host, rules, ports);
      return undefined;
    },
  });
}
