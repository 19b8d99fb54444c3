import { ValidationError } from '../errors';
import { forgetUdp } from '../firewall/conntrack';
import { isAnyAddress, type PublishedPort } from '../firewall/published';
import type { NetworkNamespace } from '../netns/namespace';
import type { RouteInfo } from '../rtnl/types';
import { choosePorts } from './choose-ports';
import { HostSockets } from './host-sockets';
import type { Layout } from './layout';
import type { CheckedRule } from './publication';
import type { Standing } from './setup';

/** Publishes checked rules as one transaction. Resolves with the ports of each rule. */
export async function publish(
  standing: Standing,
  rules: readonly CheckedRule[],
): Promise<readonly (readonly PublishedPort[])[]> {
  const operation = 'network.publish';
  const { layout, host, ledger } = standing;
  checkLayout(layout, rules, operation);
  await checkAddresses(host, rules, operation);
  const protocols = {
    tcp: rules.some(({ protocol }) => protocol === 'tcp'),
    udp: rules.some(({ protocol }) => protocol === 'udp'),
  };
  const sockets = HostSockets.read(host, protocols, layout.loopback === true);
  let chosen: PublishedPort[][] = [];
  const announcement = await ledger.announce((state) => {
    chosen = choosePorts(rules, state.ports, sockets, operation);
    return { action: 'publish', ports: chosen.flat() };
  });
  try {
    await addPorts(standing, chosen.flat());
  } catch (error) {
    await announcement.cancel();
    throw error;
  }
  await announcement.commit();
  return chosen;
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
  const foreign = addresses.find((_, index) => {
    const route = routes[index];
    return !route?.ok || (route.reply as RouteInfo).type !== 'local';
  });
  if (foreign === undefined) return;
  const problem =
    "must be an address that the host has: add it first, or publish on all by '0.0.0.0' or '::'";
  throw new ValidationError({ operation, path: 'hostAddress', value: foreign, problem });
}

async function addPorts({ host, rules }: Standing, ports: readonly PublishedPort[]): Promise<void> {
  await rules.publish(ports);
  try {
    await forgetUdp(host, ports);
  } catch (error) {
    await rules.withdraw(ports);
    throw error;
  }
}
