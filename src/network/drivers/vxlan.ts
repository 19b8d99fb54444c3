import {
  array,
  check,
  forward,
  type InferOutput,
  maxValue,
  minLength,
  minValue,
  optional,
  pipe,
  string,
} from 'valibot';
import { ValidationError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import type { Step } from '../../plan/spec/step';
import { derivedMac, vxlanName } from '../addressing/derived-names';
import { type Device, HOST, hubOf, type Layout, tag } from '../model/layout';
import { parseAddress } from '../addressing/subnet';
import { options, port, wholeNumber } from '../../errors/validate-options';

/** How a network spans hosts: each has a bridge of its own, and tunnels join them to one link. */
export interface VxlanOptions {
  /** The network's identifier in the tunnels, 1 to 16777215: the same on all hosts. */
  readonly id: number;
  /** This host's address, by which the others reach it. */
  readonly local: string;
  /** The other hosts' addresses. What is for everyone goes to each of them; who lives where is learnt. */
  readonly remotes: readonly string[];
  /** The tunnels' UDP port: the same on all hosts. Default 4789. */
  readonly port?: number;
}

/** A tunnel's headers: what a network's packets must be smaller than those of the hosts' own link. */
export const VXLAN_OVERHEAD = 50;

const FLOOD = '00:00:00:00:00:00';
const address = pipe(
  string('must be an IPv4 address, such as "192.0.2.1"'),
  check((text) => parseAddress(text) !== undefined, 'must be an IPv4 address, such as "192.0.2.1"'),
);

export const vxlanSchema = pipe(
  options({
    id: pipe(
      wholeNumber('must be a whole number'),
      minValue(1, 'must be 1 to 16777215'),
      maxValue(0xffffff, 'must be 1 to 16777215'),
    ),
    local: address,
    remotes: pipe(
      array(address, 'must be a list of addresses'),
      minLength(1, 'must name at least one other host'),
    ),
    port: optional(port, 4789),
  }),
  forward(
    check(({ local, remotes }) => !remotes.includes(local), "must not hold this host's own address"),
    ['remotes'],
  ),
  forward(
    check(({ remotes }) => new Set(remotes).size === remotes.length, 'must hold each host only once'),
    ['remotes'],
  ),
);

/** Options that were checked, with the default filled in. */
export type Vxlan = Readonly<InferOutput<typeof vxlanSchema>>;

/**
 * The steps that join a network's bridge to those of other hosts. The tunnel's device is made from within the host, whose
 * addresses and routes it uses for good, and is born beside the bridge. It goes with the bridge's namespace, or by name.
 */
export function vxlanSteps(layout: Layout, bridge: number | string): Step[] {
  const { vxlan, name, mtu } = layout;
  if (vxlan === undefined) return [];
  const hub = hubOf(layout);
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
  ];
}

/** The device of a network's tunnels. */
export function vxlanDevice({ name, gateway }: Layout): Required<Pick<Device, 'ifname' | 'mac'>> {
  return { ifname: vxlanName(name), mac: derivedMac(name, 'vxlan', gateway) };
}

/** Refuses a local address that the host does not have: the kernel takes it, and nothing would ever arrive. */
export async function checkLocal(host: NetworkNamespace, vxlan: Vxlan | undefined): Promise<void> {
  if (vxlan === undefined) return;
  const addresses = await host.rtnl.addr.list({ family: 'inet' });
  const own = addresses.map(({ address: text }) => text.split('/', 1)[0]);
  if (own.includes(vxlan.local)) return;
  const problem = `must be an address of the host (${own.join(', ')}): the other hosts send to it`;
  throw new ValidationError({
    operation: 'network.create',
    path: 'vxlan.local',
    value: vxlan.local,
    problem,
  });
}
