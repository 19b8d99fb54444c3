import { parseSubnet, parseAddress } from '../addressing/subnet';
import { pingsOfGateway } from './judge/pings';
import { ignoringNotFound } from '../../errors/not-found';
import type { Family } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import { driverOf } from '../drivers';
import { networkGroup } from '../drivers/parts/host-device';
import { brNetfilterSetting } from './br-netfilter';
import { readLink } from '../host/links';
import { type HostChain, type Matches, nftChains } from './judge/host-chains';
import { legacyHostChains } from './judge/host-chains-legacy';
import { deviceName, type PacketPath, packetPaths, type PathInput } from './judge/packet-paths';
import { type PathHook } from './judge/path-hooks';
import { familiesOf, sampleAddress } from '../model/families';
import type { Layout } from '../model/layout';
import type { Packet } from './judge/packet';
import { ANYWHERE } from './reverse-path';
import { routeOf } from '../host/routes';

interface Place {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
}

/** The words before and after the packets, for each effect of a chain on them. */
const WORDS = {
  drops: ['drops', ''],
  mayDrop: ['may drop', ''],
  takes: ['takes', ' out of connection tracking'],
  leads: ['leads', " elsewhere than to the network's resolver"],
  expires: ['sets the hop limit (TTL) of', ' so low that they are dropped'],
} as const;

/** The effect of a chain on a packet of the network. */
interface Effect {
  readonly chain: HostChain;
  readonly path: PacketPath;
  readonly kind: keyof typeof WORDS;
  readonly matches: Matches | undefined;
}

/** The chains of the host's firewall that drop a network's packets, each with a remedy. */
export async function firewallWarnings({ host, layout }: Place): Promise<string[]> {
  const families = familiesOf(layout);
  const chains = await Promise.all([
    nftChains(host, layout.name),
    ...families.map((family) => legacyHostChains(host, family)),
  ]);
  const called = chains.flat().sort((one, other) => one.priority - other.priority);
  if (called.length === 0) return [];
  const paths = await Promise.all(families.map((family) => pathsOf(host, layout, family)));
  return warningsAbout(paths.flat().flatMap((path) => effectsOn(path, called)));
}

async function pathsOf(host: NetworkNamespace, layout: Layout, family: Family): Promise<PacketPath[]> {
  const name = deviceName(layout);
  const [device, uplink] = await Promise.all([
    ignoringNotFound(readLink(host, name)),
    uplinkOf(host, layout, family),
  ]);
  const bridged =
    device && driverOf(layout).bridgesInHost ? brNetfilterSetting(host, device, family) : undefined;
  // Where each endpoint has a device, none bears the representative name: they all have the network's group.
  const { index, group = networkGroup(layout) } = device ?? {};
  const input = {
    layout,
    family,
    device: { name, ...(index !== undefined && { index }), group },
    uplink,
    bridged,
  };
  return [...packetPaths(input), ...pingsOfGateway(input)];
}

const DESTINATIONS = { ip: ANYWHERE, ip6: '2001:db8:ffff::1' } as const;

/** The device by which packets of the network leave for external destinations. */
async function uplinkOf(
  host: NetworkNamespace,
  layout: Layout,
  family: Family,
): Promise<PathInput['uplink']> {
  const question = { from: sampleAddress(layout, family), iif: layout.device };
  const route = await routeOf(host, { to: DESTINATIONS[family], ...question });
  if (route?.dev === undefined) return undefined;
  const link = await ignoringNotFound(readLink(host, route.dev));
  if (link === undefined) return undefined;
  const address = layout.nat ? await addressOn(host, link.index, family, route.via) : undefined;
  const { ifname: name, index, group = 0 } = link;
  return { name, index, group, ...(address !== undefined && { address }) };
}

/**
 * The source address that the kernel chooses for packets out of a device: for IPv4 the first of the gateway's subnet,
 * or the first.
 */
async function addressOn(
  host: NetworkNamespace,
  index: number,
  family: Family,
  via: string | undefined,
): Promise<string | undefined> {
  const all = await host.rtnl.addr.list({ family: family === 'ip' ? 'inet' : 'inet6' });
  const subnets = all.flatMap(({ dev: on, scope, address, flags = [] }) =>
    on === index && scope === 'global' && !flags.includes('secondary') ? [address] : [],
  );
  // For IPv6 selection rules choose among several addresses.
  if (family === 'ip6' && subnets.length > 1) return undefined;
  const near = subnets.find((subnet) => via !== undefined && isInSubnet(via, subnet));
  return (near ?? subnets[0])?.split('/')[0];
}

function isInSubnet(address: string, text: string): boolean {
  const [subnet, number] = [parseSubnet(text), parseAddress(address)];
  return subnet !== undefined && number !== undefined && number >= subnet.first && number <= subnet.last;
}

/** What chains changed of a packet on its way. */
interface Changes extends Pick<Packet, 'mark' | 'ctMark'> {
  isUntracked?: true;
  /** Its hop limit is not the one that the path has there. */
  hasOtherHops?: true;
}

/** Follows a packet along its whole path, even behind a chain that drops it: further chains may drop it too. */
function effectsOn(path: PacketPath, chains: readonly HostChain[]): Effect[] {
  const effects: Effect[] = [];
  const changes: Changes = { mark: 0, ctMark: 0 };
  const forwards = path.hooks.findIndex(({ layer, hook }) => layer === 'inet' && hook === 'forward');
  for (const [index, hook] of path.hooks.entries()) {
    for (const chain of chains.filter((each) => meets(each, path, hook))) {
      const { isUntracked, hasOtherHops, ...marks } = changes;
      const given = { ...hook.packet(chain.priority), ...marks };
      const packet: Packet = { ...given, ...(hasOtherHops && { ttl: undefined }) };
      const hops = packet.ttl;
      if (isUntracked) packet.state = 'untracked';
      if (chain.isForNew && packet.state !== 'new') continue;
      const { end, isUnsure, mayDrop } = chain.judge(packet);
      const takes = packet.state === 'untracked' && !isUntracked;
      const matches = hook.matches(chain.priority);
      if (end === 'drop') effects.push({ chain, path, kind: isUnsure ? 'mayDrop' : 'drops', matches });
      else {
        if (mayDrop) effects.push({ chain, path, kind: 'mayDrop', matches });
        Object.assign(changes, {
          mark: packet.mark,
          ctMark: packet.ctMark,
          ...(takes && { isUntracked: true }),
          ...(packet.ttl !== hops && { hasOtherHops: true }),
        });
        const { leastHops = 0, service } = path;
        const isExpired = packet.ttl !== hops && index < forwards && Number(packet.ttl) < leastHops;
        if (isExpired) effects.push({ chain, path, kind: 'expires', matches });
        if (packet.isLedElsewhere && service) effects.push({ chain, path, kind: 'leads', matches: service });
        if (takes && path.isTracked)
          effects.push({ chain, path, kind: 'takes', matches: matches ?? came(packet) });
      }
    }
  }
  return effects;
}

function meets(chain: HostChain, { family }: PacketPath, { layer, hook, device }: PathHook): boolean {
  if (chain.layer !== layer || chain.hook !== hook || !chain.families.includes(family)) return false;
  return device === undefined || (chain.devices ?? []).includes(device);
}

// A broader match does no harm where only connection tracking is affected.
function came({ iif }: Packet): Matches | undefined {
  return iif ? { nft: [`iifname "${iif.name}"`], iptables: [`-i ${iif.name}`] } : undefined;
}

/** One warning for a chain: the first of the packets that it affects, and a remedy for them all. */
function warningsAbout(effects: readonly Effect[]): string[] {
  const byChain = new Map<HostChain, Effect[]>();
  for (const effect of effects) byChain.set(effect.chain, [...(byChain.get(effect.chain) ?? []), effect]);
  return [...byChain.values()].flatMap(([first, ...others]) => (first ? [warning(first, others)] : []));
}

function warning(first: Effect, others: readonly Effect[]): string {
  const { chain, kind, path } = first;
  const { what } = path;
  const [verb, ending] = WORDS[kind];
  if (isAside(first))
    return (
      `br_netfilter passes bridged packets to the host's firewall: ${chain.title} ${verb} ${what}; ` +
      `unless another program needs this: ${String(path.bridged)}`
    );
  const all = [first, ...others.filter((effect) => !isAside(effect))];
  const remedies = new Set(all.flatMap(({ matches }) => (matches ? chain.remedy(matches) : [])));
  // A remedy for the network's connections also covers its pings.
  const exceptions = new Set(
    all.flatMap(({ matches, path: { what: other, isFurther } }) =>
      matches || (isFurther && !path.isFurther) ? [] : [other],
    ),
  );
  return [
    `${chain.title} ${verb} ${what}${ending}`,
    ...(remedies.size > 0 ? [`to let the network pass: ${[...remedies].join('; ')}`] : []),
    ...[...exceptions].map((other) => `an exception is needed there for ${other}`),
  ].join('; ');
}

/** The packet reaches the chain only because of br_netfilter. */
function isAside({ path, chain }: Effect): boolean {
  return path.bridged !== undefined && chain.layer === 'inet';
}
