import type { NetworkNamespace } from '../netns/namespace';
import { hubLabel, type Member, portsOf } from './layout';
import { removeDevices } from './remove';
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
  await Promise.all([...groups].map(([netns, group]) => removeDevices(netns, portsOf(layout, group))));
}
