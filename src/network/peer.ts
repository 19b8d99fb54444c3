import { changePeers, interfaceOf, PEER_INTERFACES } from '../firewall/peers';
import { tableName } from '../firewall/network-table';
import type { SocketHandle } from '../native';
import type { NetworkNamespace } from '../netns/namespace';
import { Plan } from '../plan/plan';
import { lease } from './forwarding';
import type { Holder } from './holder';
import { locked } from './journal';
import { HOST, type Peer } from './layout';
import { currentOwner } from './owner';
import { checkAddresses, checkRemote, type RemoteNetwork, refuseKnown, wayTo } from './peer-options';
import { leaseRoute, pruneRoutes } from './peer-routes';
import { peerSteps } from './peer-steps';
import { ignoringGone } from '../gone';
import type { Standing } from './setup';
import { parseSubnet, type Subnet } from './subnet';

/** Leads a network's traffic to another host's network, unmasqueraded, and lets that host's traffic in. */
export async function peer(standing: Standing, given: RemoteNetwork): Promise<void> {
  const { layout, host, ledger } = standing;
  const remote = checkRemote(layout, given);
  const { device, forwarding } = await wayTo(host, remote.via);
  await checkAddresses(host, remote.subnet);
  const holder: Holder = {
    network: layout.name,
    ...(layout.lifetime === 'process' && { owner: currentOwner() }),
  };
  const { opened, enable } = await locked(() =>
    Promise.resolve(lease(host, holder, [{ ifname: device, family: 'ip', forwarding }]).ip),
  );
  const chosen: Peer = {
    ...remote,
    device,
    opened: opened.includes(device) && !layout.opened.includes(device),
    enable: enable.includes(device),
  };
  const announcement = await ledger.announce((state) => {
    refuseKnown(state, chosen);
    return { action: 'peer', peers: [chosen] };
  });
  try {
    await locked(() => connect(standing, holder, chosen));
    await announcement.commit();
  } catch (error) {
    await locked(() => disconnect(host, layout.name, chosen, standing.owner));
    await announcement.cancel();
    throw error;
  }
}

/** Takes {@link peer} back; a subnet that is no peer's is passed over. */
export async function unpeer(standing: Standing, subnet: string): Promise<void> {
  const { layout, host, ledger, owner } = standing;
  const known = (await ledger.read()).peers?.find((one) => one.subnet === subnet);
  if (known === undefined) return;
  const announcement = await ledger.announce(() => ({ action: 'unpeer', peers: [known] }));
  await locked(() => disconnect(host, layout.name, known, owner));
  await announcement.commit();
}

/** Takes a peer out of a network's table, and gives its route back. What is gone already is passed over. Under the lock. */
export async function disconnect(
  host: NetworkNamespace,
  network: string,
  { subnet }: Peer,
  owner?: SocketHandle,
): Promise<void> {
  const requests = changePeers('delete', network, [parseSubnet(subnet) as Subnet]);
  await ignoringGone(host.firewall.transaction(requests, owner && { owner }));
  await pruneRoutes(host, network, { subnet });
}

async function connect({ layout, host, owner }: Standing, holder: Holder, one: Peer): Promise<void> {
  const isNew = await leaseRoute(host, holder, one);
  const set = { family: 'ip', table: tableName(layout.name), set: PEER_INTERFACES };
  const known = await ignoringGone(host.firewall.elements(set));
  const interfaces = new Set(known?.map(({ key }) => interfaceOf(key?.value ?? new Uint8Array())));
  const steps = peerSteps(layout, [one], {
    isReady: known !== undefined,
    interfaces: one.opened && !interfaces.has(one.device) ? [one.device] : [],
    hasRoute: !isNew,
  });
  await new Plan({
    namespaces: { [HOST]: host },
    ...(owner && { sockets: { [HOST]: { netfilter: owner } } }),
    steps,
  }).apply();
}
