import type { NetworkRules } from '../../firewall/network/network-rules';
import type { NetworkNamespace } from '../../netns/namespace';
import { Plan } from '../../plan/plan';
import { DeletedNetworkError } from '../model/deleted';
import { type Holder, holderOf, isNamed } from '../leases/lease-holder';
import { locked } from '../journal/intents';
import { HOST } from '../model/labels';
import { type Peer } from '../model/network-state';
import {
  checkAddresses,
  checkPeerSubnet,
  checkRemote,
  type RemoteNetwork,
  refuseKnown,
  wayTo,
} from './options';
import { leaseRoute, pruneRoutes, removeLostRoutes } from '../leases/routes';
import { peerSteps } from '../steps/peer-steps';
import type { NetworkRuntime } from '../runtime/runtime';
import { carryOut, clearAway } from '../journal/undertaking';
import { openWays } from '../way-out/open-ways';

/** Routes a network's traffic to another host's network, unmasqueraded, and lets that host's traffic in. */
export async function peer(runtime: NetworkRuntime, given: RemoteNetwork): Promise<void> {
  const { layout, host, ledger, rules } = runtime;
  const remote = checkRemote(layout, given);
  const device = await wayTo(host, remote.via);
  await checkAddresses(host, remote.subnet);
  await runtime.guard?.restore();
  const holder = holderOf(layout);
  const chosen: Peer = { ...remote, device };
  await carryOut(ledger, {
    choose: (state) => {
      refuseKnown(state, chosen);
      return { action: 'peer', peers: [chosen] };
    },
    make: () =>
      locked(async () => {
        // A deletion of the network removes all leases that it finds.
        if (ledger.undeleted() === undefined) throw new DeletedNetworkError('network.peer', layout.name);
        await connect(runtime, holder, chosen);
      }),
    undo: () => locked(() => disconnect(host, rules, layout.name, chosen)),
  });
}

/** Undoes {@link peer}; an unknown subnet is ignored. */
export async function unpeer(runtime: NetworkRuntime, subnet: string): Promise<void> {
  checkPeerSubnet(subnet);
  const { layout, host, ledger, rules } = runtime;
  const known = (await ledger.read()).peers?.find((one) => one.subnet === subnet);
  if (known === undefined) return;
  await clearAway(ledger, {
    choose: () => ({ action: 'unpeer', peers: [known] }),
    take: async () => {
      await locked(() => disconnect(host, rules, layout.name, known));
      return undefined;
    },
  });
}

/**
 * Removes a peer from a network's rules, and gives its route back. Already removed parts are ignored. Call it under the
 * lock.
 */
export async function disconnect(
  host: NetworkNamespace,
  rules: NetworkRules,
  network: string,
  peer: Peer,
): Promise<void> {
  const { subnet } = peer;
  await rules.withdrawPeers([subnet]);
  await pruneRoutes(host, isNamed(network), { subnet });
  await removeLostRoutes(host, network, [peer]);
}

async function connect(
  { layout, host, owner, rules }: NetworkRuntime,
  holder: Holder,
  one: Peer,
): Promise<void> {
  const isNew = await leaseRoute(host, holder, one);
  const steps = peerSteps(layout, [one], { isReady: await rules.knowPeers(), hasRoute: !isNew });
  await new Plan({
    namespaces: { [HOST]: host },
    ...(owner && { sockets: { [HOST]: { netfilter: owner } } }),
    steps,
  }).apply();
  await openWays({ layout, host, owner }, 'ip', [one.device]);
}
