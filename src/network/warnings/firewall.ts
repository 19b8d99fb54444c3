import { parseSubnet, parseAddress } from '../addressing/subnet';
import { pingsOfGateway } from './judge/pings';
import { ignoringGone } from '../../errors/not-found';
import type { Family } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import { driverOf } from '../drivers';
import { bridgedSetting } from './bridged';
import { readLink } from '../host/links';
import { type HostChain, type Matches, nftChains } from './judge/host-chains';
import { legacyHostChains } from './judge/host-chains-legacy';
import { deviceName, type Journey, journeysOn, type Terrain } from './judge/journeys';
import { type Stop } from './judge/stops';
import { insideOf } from '../model/families';
import type { Layout } from '../model/layout';
import { familiesOf } from '../model/families';
import type { Packet } from './judge/packet';
import { ANYWHERE } from './reverse-path';
import { routeOf } from '../host/routes';

interface Place {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
}

/** The effect of a chain on a packet of the network. */
interface Harm {
  readonly chain: HostChain;
  readonly journey: Journey;
  readonly verb: 'drops' | 'may drop' | 'takes';
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
  const journeys = await Promise.all(families.map((family) => journeysOf(host, layout, family)));
  return worded(journeys.flat().flatMap((journey) => harmsOn(journey, called)));
}

async function journeysOf(host: NetworkNamespace, layout: Layout, family: Family): Promise<Journey[]> {
  const name = deviceName(layout);
  const [device, uplink] = await Promise.all([
    ignoringGone(readLink(host, name)),
    uplinkOf(host, layout, family),
  ]);
  const bridged = device && driverOf(layout).bridgesInHost ? bridgedSetting(host, device, family) : undefined;
  const index = device?.index;
  const group = device?.group ?? (layout.portPrefix === undefined ? undefined : layout.group);
  const terrain = {
    layout,
    family,
    device: { name, ...(index !== undefined && { index }), ...(group !== undefined && { group }) },
    uplink,
    bridged,
  };
  return [...journeysOn(terrain), ...pingsOfGateway(terrain)];
}

const DESTINATIONS = { ip: ANYWHERE, ip6: '2001:db8:ffff::1' } as const;

/** The device by which packets of the network leave for external destinations. */
async function uplinkOf(host: NetworkNamespace, layout: Layout, family: Family): Promise<Terrain['uplink']> {
  const question = { from: insideOf(layout, family), iif: layout.device };
  const route = await routeOf(host, { to: DESTINATIONS[family], ...question });
  if (route?.dev === undefined) return undefined;
  const link = await ignoringGone(readLink(host, route.dev));
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

/** Follows a packet along its whole path, even behind a chain that drops it: further chains may drop it too. */
function harmsOn(journey: Journey, chains: readonly HostChain[]): Harm[] {
  const harms: Harm[] = [];
  const changes: Pick<Packet, 'mark' | 'ctMark'> & { isUntracked?: true } = { mark: 0, ctMark: 0 };
  for (const stop of journey.stops) {
    for (const chain of chains.filter((each) => meets(each, journey, stop))) {
      const { isUntracked, ...marks } = changes;
      const packet: Packet = { ...stop.packet(chain.priority), ...marks };
      if (isUntracked) packet.state = 'untracked';
      if (chain.isForNew && packet.state !== 'new') continue;
      const { end, isUnsure, mayDrop } = chain.judge(packet);
      const takes = packet.state === 'untracked' && !isUntracked;
      const matches = stop.matches(chain.priority);
      if (end === 'drop') harms.push({ chain, journey, verb: isUnsure ? 'may drop' : 'drops', matches });
      else {
        if (mayDrop) harms.push({ chain, journey, verb: 'may drop', matches });
        Object.assign(changes, {
          mark: packet.mark,
          ctMark: packet.ctMark,
          ...(takes && { isUntracked: true }),
        });
        if (takes && journey.isTracked)
          harms.push({ chain, journey, verb: 'takes', matches: matches ?? came(packet) });
      }
    }
  }
  return harms;
}

function meets(chain: HostChain, { family }: Journey, { layer, hook, device }: Stop): boolean {
  if (chain.layer !== layer || chain.hook !== hook || !chain.families.includes(family)) return false;
  return device === undefined || (chain.devices ?? []).includes(device);
}

// A broader match does no harm where only connection tracking is affected.
function came({ iif }: Packet): Matches | undefined {
  return iif ? { nft: [`iifname "${iif.name}"`], iptables: [`-i ${iif.name}`] } : undefined;
}

/** One warning for a chain: the first of the packets that it affects, and a remedy for them all. */
function worded(harms: readonly Harm[]): string[] {
  const byChain = new Map<HostChain, Harm[]>();
  for (const harm of harms) byChain.set(harm.chain, [...(byChain.get(harm.chain) ?? []), harm]);
  return [...byChain.values()].flatMap(([first, ...others]) => (first ? [warning(first, others)] : []));
}

function warning(first: Harm, others: readonly Harm[]): string {
  const { chain, verb, journey } = first;
  const { what } = journey;
  if (isAside(first))
    return (
      `br_netfilter has the host filter what crosses its bridges: ${chain.title} ${verb} ${what}; ` +
      `unless somebody needs that: ${String(journey.bridged)}`
    );
  const all = [first, ...others.filter((harm) => !isAside(harm))];
  const remedies = new Set(all.flatMap(({ matches }) => (matches ? chain.remedy(matches) : [])));
  // A remedy for the network's connections also covers its pings.
  const exceptions = new Set(
    all.flatMap(({ matches, journey: { what: other, isFurther } }) =>
      matches || (isFurther && !journey.isFurther) ? [] : [other],
    ),
  );
  return [
    `${chain.title} ${verb} ${what}${verb === 'takes' ? ' out of connection tracking' : ''}`,
    ...(remedies.size > 0 ? [`to let the network pass: ${[...remedies].join('; ')}`] : []),
    ...[...exceptions].map((other) => `an exception is needed there for ${other}`),
  ].join('; ');
}

/** The packet reaches the chain only because of br_netfilter. */
function isAside({ journey, chain }: Harm): boolean {
  return journey.bridged !== undefined && chain.layer === 'inet';
}
