import { ValidationError } from '../../../errors/errors';
import type { NetworkNamespace } from '../../../netns/namespace';
import type { Step } from '../../../plan/spec/step';
import { type Layout } from '../../model/layout';
import { vxlanDevice } from '../parts/devices';
import { upWithoutAutoIpv6 } from '../parts/link-steps';
import { tag } from '../../model/tags';
import { HOST } from '../../model/labels';
import type { Vxlan } from '../../spec/vxlan-options';

const FLOOD = '00:00:00:00:00:00';

/**
 * The steps that connect a network's bridge to those of other hosts. The tunnel's device is requested in the host,
 * whose addresses and routes it keeps using, and created beside the bridge. It goes with the bridge's namespace, or by
 * name.
 */
export function vxlanSteps(layout: Layout, hub: string, bridge: number | string): Step[] {
  const { vxlan, name, mtu } = layout;
  if (vxlan === undefined) return [];
  const { ifname, mac } = vxlanDevice(layout);
  const { id, local, port: udp, remotes } = vxlan;
  const place = hub === HOST ? {} : { netns: hub };
  const body = {
    ifname,
    address: mac,
    mtu,
    master: bridge,
    data: { id, local, port: udp },
    ...place,
  } as const;
  return [
    { op: 'link.add', netns: HOST, body: { ...body, kind: 'vxlan' } },
    { op: 'link.set', netns: hub, body: { ifname, ifalias: tag(name, 'vxlan') }, undo: 'none' },
    ...remotes.map((to): Step => ({
      op: 'fdb.append',
      netns: hub,
      body: { dev: ifname, lladdr: FLOOD, to },
      undo: 'none',
    })),
    ...upWithoutAutoIpv6(layout, hub, ifname),
  ];
}

/** Refuses a local address that the host does not have: the kernel accepts it, but no packet would ever arrive. */
export async function checkLocal(host: NetworkNamespace, vxlan: Vxlan | undefined): Promise<void> {
  if (vxlan === undefined) return;
  const addresses = await host.rtnl.addr.list({ family: 'inet' });
  const own = addresses.map(({ address: text }) => text.split('/', 1)[0]);
  if (own.includes(vxlan.local)) return;
  const problem = `must be an address of the host (${own.join(', ')}): the other hosts send to this address`;
  throw new ValidationError({
    operation: 'network.create',
    path: 'vxlan.local',
    value: vxlan.local,
    problem,
  });
}
