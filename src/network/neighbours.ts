import type { NetworkNamespace } from '../netns/namespace';
import type { Step } from '../plan/step';
import { derivedMac } from './derive';
import { addressesOf, HOST, type Layout, type Member } from './layout';
import { isGone } from '../gone';

/** The MAC address of the host's device. */
export function hostMac({ lifetime, name, gateway }: Layout): string {
  return derivedMac(name, lifetime === 'process' ? 'gateway' : 'bridge', gateway);
}

/**
 * The steps that tell the host and a member of each other where these do not ask: `netns` is the member's label. They
 * replace: the host may have asked for the address in vain before, and its question may have reached the member by now.
 */
export function neighbourSteps(layout: Layout, member: Member, netns: string): Step[] {
  if (layout.neighbours !== 'static') return [];
  const { device, gateway, inet6 } = layout;
  const gateways = inet6 ? [gateway, inet6.gateway] : [gateway];
  const lladdr = hostMac(layout);
  return [
    ...addressesOf(member).map((to) => {
      const entry = { to, dev: device, lladdr: member.mac, state: 'permanent' } as const;
      const undo = { op: 'neigh.delete', body: { to, dev: device } } as const;
      return { op: 'neigh.replace', netns: HOST, body: entry, undo } as const;
    }),
    ...gateways.map((to) => {
      const entry = { to, dev: member.ifname, lladdr, state: 'permanent' } as const;
      return { op: 'neigh.replace', netns, body: entry, undo: 'none' } as const;
    }),
  ];
}

/** Removes what the host knows of members that leave; the members' side goes with their devices. */
export async function removeNeighbours(
  host: NetworkNamespace,
  { device, neighbours }: Layout,
  members: readonly Member[],
): Promise<void> {
  if (neighbours !== 'static') return;
  const results = await host.rtnl.batch((batch) => {
    for (const to of members.flatMap(addressesOf)) batch.neigh.delete({ to, dev: device });
  });
  const refusal = results.find((result) => !result.ok && !isGone(result.error));
  if (refusal && !refusal.ok) throw refusal.error;
}
