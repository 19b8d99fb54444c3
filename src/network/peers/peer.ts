import { Plan } from '../../plan/plan';
import { DeletedNetworkError } from '../model/deleted';
import { type LeaseHolder, holderOf } from '../leases/lease-holder';
import { locked } from '../journal/intents';
import { HOST } from '../model/labels';
import { type Peer } from '../model/network-state';
import {
  checkAddresses,
  checkNetworks,
  checkPeerSubnet,
  checkRemote,
  type RemoteNetwork,
  checkPeerOverlap,
  interfaceTowards,
} from './options';
import { leaseRoute } from '../leases/routes';
import { removalFrom, removeAll } from '../resources/list';
import { peerSteps } from '../steps/peer-steps';
import type { NetworkRuntime } from '../runtime/runtime';
import { runTransaction, runRemoval } from '../journal/transaction';
import { enableForwarding } from '../egress/enable-forwarding';

/** Routes a network's traffic to another host's network, unmasqueraded, and lets that host's traffic in. */
export async function peer(runtime: NetworkRuntime, given: RemoteNetwork): Promise<void> {
  const { layout, host, ledger } = runtime;
  const remote = checkRemote(layout, given);
  const device = await interfaceTowards(host, remote.via);
  await checkAddresses(host, remote.subnet);
  await checkNetworks(host, remote.subnet);
  await runtime.guard?.restore();
  const holder = holderOf(layout);
  const chosen: Peer = { ...remote, device };
  await runTransaction(ledger, {
    choose: (state) => {
      checkPeerOverlap(state, chosen);
      return { action: 'peer', peers: [chosen] };
    },
    make: () =>
      locked(async () => {
        // A deletion of the network removes all leases that it finds.
        if (ledger.undeleted() === undefined) throw new DeletedNetworkError('network.peer', layout.name);
        await connect(runtime, holder, chosen);
      }),
    undo: () => disconnect(runtime, chosen),
  });
}

/** Undoes {@link peer}; an unknown subnet is ignored. */
export async function unpeer(runtime: NetworkRuntime, subnet: string): Promise<void> {
  checkPeerSubnet(subnet);
  const { ledger } = runtime;
  const known = (await ledger.read()).peers?.find((one) => one.subnet === subnet);
  if (known === undefined) return;
  await runRemoval(ledger, {
    choose: () => ({ action: 'unpeer', peers: [known] }),
    take: async () => {
      await disconnect(runtime, known);
      return undefined;
    },
  });
}

/** Removes a peer from the network's rules, and returns its route. Already removed parts are ignored. */
async function disconnect(runtime: NetworkRuntime, peer: Peer): Promise<void> {
  await removeAll(removalFrom(runtime, { state: { peers: [peer] } }));
}

async function connect(
  { layout, host, owner, rules }: NetworkRuntime,
  holder: LeaseHolder,
  one: Peer,
): Promise<void> {
  const isNew = await leaseRoute(host, holder, one);
  const steps = peerSteps(layout, [one], { isReady: await rules.arePreparedForPeers(), hasRoute: !isNew });
  await new Plan({
    namespaces: { [HOST]: host },
    ...(owner && { sockets: { [HOST]: { netfilter: owner } } }),
    steps,
  }).apply();
  await enableForwarding({ layout, host, owner }, 'ip', [one.device]);
}
