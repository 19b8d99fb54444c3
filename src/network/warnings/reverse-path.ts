import fs from 'node:fs';
import { chooseFirewall } from '../../firewall/choose';
import type { FirewallRule } from '../../firewall/nft/ruleset';
import { save } from '../../firewall/iptables/run';
import { ignoringNotFound } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import { within } from '../../nsfs/within';
import type { RuleInfo } from '../../rtnl/types';
import { legacyTableNames } from './judge/host-chains-legacy';
import { readLink } from '../host/links';
import type { Layout } from '../model/layout';
import { readNetconf } from '../host/netconf';
import { addressText } from '../addressing/subnet';
import { routeOf } from '../host/routes';

interface Place {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
}

/** RFC 3704: a packet is accepted only on the device that leads to its sender. */
const STRICT = 1;
const ALL = -1;
const LOOPBACK = 1;

/** The number of destinations tried for each table. */
const SAMPLES = 16;
/** Stands for all destinations that only a default route covers. */
export const ANYWHERE = '198.51.100.1';

/**
 * The devices with a strict reverse path filter that drops a network's replies. For an arriving reply the kernel looks
 * up its rules and routes as for the endpoint's packet, but without the mark that a firewall gave that packet: the
 * reply to a packet that left by a rule for a mark (`ip rule add fwmark`) seems to arrive on the wrong device.
 */
export async function reversePathWarnings(place: Place): Promise<string[]> {
  const strict = await strictDevices(place.host);
  if (strict.size === 0) return [];
  const rules = await place.host.rtnl.rule.list({ family: 'inet' });
  const marked = rules.filter(({ fwmark = 0, flags }) => fwmark !== 0 && !flags.includes('not'));
  if (marked.length === 0 || !(await marksPackets(place.host))) return [];
  const found = await Promise.all(marked.map((rule) => warningsOf(place, rule, strict)));
  return [...new Set(found.flat())];
}

/** The indexes of the devices that filter strictly. The higher of the settings for a device and for all counts. */
async function strictDevices(host: NetworkNamespace): Promise<ReadonlySet<number>> {
  const found = await readNetconf(host, 'ip');
  const all = found.find(({ index }) => index === ALL)?.rpFilter ?? 0;
  const strict = found.filter(
    ({ index, rpFilter = 0 }) => index > LOOPBACK && Math.max(all, rpFilter) === STRICT,
  );
  return new Set(strict.map(({ index }) => index));
}

async function warningsOf(place: Place, rule: RuleInfo, strict: ReadonlySet<number>): Promise<string[]> {
  const { host } = place;
  const destinations = await destinationsIn(host, rule);
  const ways = await Promise.all(destinations.map((to) => filteredWay(place, rule, to)));
  const indexes = [...new Set(ways)].filter((index) => index !== undefined && strict.has(index));
  const links = await Promise.all(indexes.map((index) => ignoringNotFound(readLink(host, index as number))));
  const names = links.filter((link) => link !== undefined).map(({ ifname }) => ifname);
  return names.filter((ifname) => !mindsMarks(host, ifname)).map((ifname) => warning(ifname, rule));
}

/** An address for each route that a rule selects. */
async function destinationsIn(host: NetworkNamespace, { to, table }: RuleInfo): Promise<string[]> {
  const routes = table === undefined ? [] : await host.rtnl.route.list({ family: 'inet', table });
  const listed = [to ?? routes[0]?.to, ...routes.slice(0, SAMPLES).map((route) => route.to)];
  return [...new Set(listed.map((text) => text?.split('/')[0] ?? ANYWHERE))];
}

/** The device by which a marked packet leaves, if an unmarked one would leave by another. */
async function filteredWay(
  { host, layout }: Place,
  { fwmark = 0 }: RuleInfo,
  to: string,
): Promise<number | undefined> {
  const from = addressText(layout.subnet.last - 1);
  const question = { to, from, iif: layout.device } as const;
  const [there, back] = await Promise.all([
    routeOf(host, { ...question, mark: fwmark }),
    routeOf(host, { ...question, fibMatch: true }),
  ]);
  const devices = [back?.dev, ...(back?.multipath ?? []).map(({ dev }) => dev)];
  return devices.includes(there?.dev) ? undefined : there?.dev;
}

/** Whether the filter of a device looks up with the packet's mark, which its own firewall restores. */
function mindsMarks(host: NetworkNamespace, ifname: string): boolean {
  return within(host, 'network.inspect', () =>
    ['all', ifname].some((name) => {
      try {
        return fs.readFileSync(`/proc/sys/net/ipv4/conf/${name}/src_valid_mark`, 'latin1').startsWith('1');
      } catch {
        return false;
      }
    }),
  );
}

/** Whether any rule of the host's firewall marks packets. */
async function marksPackets(host: NetworkNamespace): Promise<boolean> {
  if ((await chooseFirewall(() => host.firewall.tables())) === 'nftables') {
    const tables = (await host.firewall.tables()).filter(({ family }) => ['ip', 'inet'].includes(family));
    const rules = await Promise.all(
      tables.map(({ family, name }) => host.firewall.rules({ family, table: name })),
    );
    if (rules.flat().some(marks)) return true;
  }
  if (!legacyTableNames(host, 'ip').includes('mangle')) return false;
  return / -j (CONN)?MARK /.test(await save(host, 'iptables-legacy', 'ip'));
}

function marks({ expressions = [] }: FirewallRule): boolean {
  return expressions.some(({ name, data }) => {
    if (name === 'target') return data?.['name'] === 'MARK' || data?.['name'] === 'CONNMARK';
    return name === 'meta' && data?.['key'] === 'mark' && data['sreg'] !== undefined;
  });
}

function warning(ifname: string, { fwmark = 0 }: RuleInfo): string {
  return (
    `the strict reverse path filter of ${ifname} drops replies to packets that the firewall marks ` +
    `0x${fwmark.toString(16)} and \`ip rule\` sends that way: sysctl -w net.ipv4.conf.${ifname}.rp_filter=2`
  );
}
