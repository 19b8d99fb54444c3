import { isGone } from '../gone';
import type { NetworkNamespace } from '../netns/namespace';
import { hubLabel, type Member } from './layout';
import { removeMembers } from './openvswitch';
import type { Standing } from './setup';

/** Removes the bridges' ports of members. */
export async function removeMemberPorts(
  { layout, hub, hubs }: Pick<Standing, 'layout' | 'hub' | 'hubs'>,
  members: readonly Member[],
): Promise<void> {
  const namespaces = hubs?.namespaces;
  const groups = new Map<NetworkNamespace, Member[]>();
  for (const member of members) {
    const netns = namespaces?.[hubLabel(member.hub ?? 0)] ?? hub;
    const group = groups.get(netns);
    if (group) group.push(member);
    else groups.set(netns, [member]);
  }
  await Promise.all([...groups].map(([netns, group]) => removeMembers(netns, layout, group)));
  await Promise.all([...groups].map(([netns, group]) => removeHubRoutes(netns, group)));
}

async function removeHubRoutes(netns: NetworkNamespace, members: readonly Member[]): Promise<void> {
  const routed = members.filter(({ hub }) => hub !== undefined);
  if (routed.length === 0) return;
  const results = await netns.rtnl.batch((batch) => {
    for (const { address } of routed) batch.route.delete({ to: `${address}/32` });
  });
  const refusal = results.find((result) => !result.ok && !isGone(result.error));
  if (refusal && !refusal.ok) throw refusal.error;
}
