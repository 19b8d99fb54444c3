import { checkTargetNamespaces } from './target-namespaces';
import { NetlinkError, ValidationError } from '../../errors/errors';
import { deleteUdpConntrack } from '../../firewall/network/udp-conntrack';
import { isAnyAddress, portTarget, type PublishedPort } from '../../firewall/network/published-port';
import type { NetworkNamespace } from '../../netns/namespace';
import { askHost, type HostAnswers } from './ask-host';
import type { NetworkState } from '../model/network-state';
import { choosePorts } from './choose-ports';
import { driverOf } from '../drivers';
import { HostSockets } from '../host/sockets';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import { OtherNetworks } from './other-networks';
import { type CheckedRule, checkTargets, namedBy } from './publication';
import { removalFrom, removeAll } from '../resources/list';
import type { NetworkRuntime } from '../runtime/runtime';
import { runTransaction, runRemoval } from '../journal/transaction';
import { checkDevice } from '../runtime/device';

/** Publishes checked rules as one transaction. Resolves with the ports of all rules, `count` of them for each rule. */
export async function publish(
  runtime: NetworkRuntime,
  rules: readonly CheckedRule[],
): Promise<readonly PublishedPort[]> {
  const operation = 'network.publish';
  const { layout, host, ledger } = runtime;
  const { hostAddresses, protocols, targets } = namedBy(rules);
  checkLayout(layout, hostAddresses, operation);
  const addresses = [...hostAddresses].filter((address) => !isAnyAddress(address));
  const [answers, sockets] = await Promise.all([
    askHost(runtime, addresses),
    HostSockets.read(host, protocols, layout.loopback === true),
    checkDevice(runtime, operation),
    checkTargetNamespaces(runtime, targets, operation),
  ]);
  await checkAddresses(host, addresses, answers, operation);
  const others = new OtherNetworks(runtime, answers);
  const check = (state: NetworkState): void => {
    checkTargets(rules, targets, state, operation);
  };
  const foreign = await others.publishedByProcesses(rules);
  let ports: PublishedPort[] = [];
  let freePorts = (): void => undefined;
  const published = runTransaction(ledger, {
    choose: (state) => {
      check(state);
      const taken = [...state.ports, ...foreign, ...others.publishedOnRecord()];
      ports = choosePorts(rules, taken, sockets, operation);
      freePorts = others.reserve(ports);
      return { action: 'publish', ports };
    },
    check,
    make: async () => {
      await enterRules(runtime, ports);
      await others.check(rules, ports, operation);
      await deleteUdpConntrack(host, ports);
      return ports;
    },
    // Removes only ports with the same target: others were in the kernel before and are not ours.
    undo: async () => {
      await removeAll(removalFrom(runtime, { state: { ports } }));
    },
  });
  return published.finally(() => {
    freePorts();
  });
}

const ATTEMPTS = 5;

// The tables may have been removed a moment ago. Whoever restores them enters all ports under way, including these.
async function enterRules({ guard, rules }: NetworkRuntime, ports: readonly PublishedPort[]): Promise<void> {
  let missing = ports;
  for (let attempt = 1; missing.length > 0; attempt++) {
    try {
      await rules.publish(missing);
      return;
    } catch (error) {
      const isBeside = error instanceof NetlinkError && (error.code === 'ENOENT' || error.code === 'EEXIST');
      if (guard === undefined || !isBeside || attempt === ATTEMPTS) throw error;
    }
    await guard.restore();
    const there = new Set((await rules.published(ports)).map(portTarget));
    missing = ports.filter((port) => !there.has(portTarget(port)));
  }
}

function checkLayout(layout: Layout, hostAddresses: ReadonlySet<string>, operation: string): void {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  const { nat, loopback } = layout;
  const refusal = driverOf(layout).refusePublishing(layout);
  if (refusal) refuse(refusal.path, refusal.value, refusal.problem);
  if (!nat) refuse('nat', false, 'must not be false on a network that publishes ports');
  const local = [...hostAddresses].find((address) => address.startsWith('127.'));
  if (local !== undefined && !loopback)
    refuse(
      'hostAddress',
      local,
      'must not be a loopback address, unless the network was made with nat: { loopback: true }',
    );
}

// The rules match packets addressed to the host, by the same table of local addresses.
async function checkAddresses(
  host: NetworkNamespace,
  addresses: readonly string[],
  { local }: HostAnswers,
  operation: string,
): Promise<void> {
  const doubtful = addresses.filter((address) => !local.has(address));
  if (doubtful.length === 0) return;
  // The kernel enters a new IPv6 address into the table a moment later (addrconf_dad_work).
  const own = new Set((await host.rtnl.addr.list()).map(({ address }) => address.split('/')[0]));
  const foreign = doubtful.find((address) => !own.has(address));
  if (foreign === undefined) return;
  const problem =
    "must be an address of the host: add the address first, or publish on all addresses by '0.0.0.0' or '::'";
  throw new ValidationError({ operation, path: 'hostAddress', value: foreign, problem });
}

/** Withdraws ports that were published to members. The ports of a member that has left went with it. */
export async function withdraw(
  runtime: NetworkRuntime,
  published: ReadonlyMap<PublishedPort, Member>,
): Promise<void> {
  let ports: PublishedPort[] = [];
  await runRemoval(runtime.ledger, {
    choose: ({ members }) => {
      const cookies = new Map(members.map(({ port, cookie }) => [port, cookie]));
      ports = [...published].filter(([, to]) => cookies.get(to.port) === to.cookie).map(([port]) => port);
      return { action: 'withdraw', ports };
    },
    take: async () => {
      await removeAll(removalFrom(runtime, { state: { ports } }));
      return undefined;
    },
  });
}
