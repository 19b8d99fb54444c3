import type { Step } from '../plan/step';
import { quietUp } from './create-steps';
import { hubOf, type Layout, type Member, tag } from './layout';

/**
 * The steps that attach members: first all namespaces, then all pairs of devices, then the insides, so that the executor
 * packs what goes to the bridge's namespace into few sends. It can do so only if `bridge` is an index: a name would have
 * to be looked up before each.
 */
export function attachSteps(layout: Layout, members: readonly Member[], bridge: number | string): Step[] {
  return [
    ...members.filter((member) => member.created).map(namespaceStep),
    ...members.flatMap((member) => pairSteps(layout, member, bridge)),
    ...members.flatMap((member) => insideSteps(layout, member)),
  ];
}

/** The label of a member's namespace in plans. */
export function labelOf(member: Member): string {
  return member.port;
}

function namespaceStep(member: Member): Step {
  const name = member.pinned === undefined ? {} : { name: member.pinned };
  return { op: 'netns.create', netns: labelOf(member), ...name };
}

function pairSteps(layout: Layout, member: Member, master: number | string): Step[] {
  const netns = hubOf(layout);
  const { mtu } = layout;
  const { port, portMac, ifname, mac } = member;
  const queues = { numTxQueues: 1, numRxQueues: 1 };
  // The peer is born where it belongs: moving a device between namespaces costs a hundred times as much.
  const peer = { ifname, netns: labelOf(member), address: mac, mtu, ...queues };
  return [
    {
      op: 'link.add',
      netns,
      body: { ifname: port, kind: 'veth', address: portMac, master, mtu, ...queues, peer },
    },
    ...portSteps(layout, netns, member),
    ...quietUp(layout, netns, port),
  ];
}

// Inside the switch namespace nobody wonders whose a device is, and no rules see what crosses the bridge.
function portSteps(layout: Layout, netns: string, member: Member): Step[] {
  if (layout.lifetime === 'process') return [];
  const { port: ifname, name } = member;
  // Where br_netfilter is loaded, a published port is translated on the bridge itself, and a call that comes back to its
  // caller leaves by the port that it came in by: bridges refuse that without hairpin mode.
  const slave = { slaveKind: 'bridge', slaveData: { mode: true } } as const;
  return [
    { op: 'link.set', netns, body: { ifname, ifalias: tag(layout.name, name), ...slave }, undo: 'none' },
  ];
}

function insideSteps(layout: Layout, member: Member): Step[] {
  const netns = labelOf(member);
  const { ifname: dev, address, created, defaultRoute } = member;
  const loopback = { op: 'link.set', netns, body: { ifname: 'lo', up: true } } as const;
  const prefixed = `${address}/${String(layout.subnet.prefix)}`;
  const route = { to: 'default', via: layout.gateway, dev } as const;
  return [
    created ? { ...loopback, undo: 'none' } : loopback,
    ...quietUp(layout, netns, dev),
    { op: 'addr.add', netns, body: { dev, address: prefixed, broadcast: 'auto' }, undo: 'none' },
    ...(defaultRoute ? [{ op: 'route.add', netns, body: route, undo: 'none' } as const] : []),
  ];
}
