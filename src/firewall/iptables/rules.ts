import { createHash } from 'node:crypto';
import { addressText, type Family, familyOf } from '../../base/ip';
import { MOST_QUESTIONS } from '../network/table/resolver-limit';
import { type NetworkTable, OPEN_GROUP, ROUTERS } from '../network/table/network-table';
import { deviceArgument } from './device-name';
import { ANY_ADDRESS, isAnyAddress, type PublishedPort } from '../network/published-port';

/** A network's part of one iptables table: its own chains, and jumps to them from the kernel's chains. */
interface Section {
  readonly table: 'raw' | 'nat' | 'filter';
  /** Rules by chain. */
  readonly chains: Readonly<Record<string, readonly string[]>>;
  /** The jumps from the kernel's chains to ours. */
  readonly jumps: readonly { readonly from: string; readonly match?: string; readonly to: string }[];
}

const PUBLISHED = 'published';
const LOOPBACK = '127.0.0.0/8';
const LOOPBACK6 = '::1/128';

/** The name of a network's chain, with a hash: a network's name may not fit into the maximum of 28 bytes. */
export function chainName(network: string, part: string): string {
  return `${chainPrefix(network)}${part}`;
}

/** The common prefix of a network's chain names. */
export function chainPrefix(network: string): string {
  return `nl-${createHash('sha256').update(network).digest('hex').slice(0, 12)}-`;
}

/** The input for iptables-restore that creates a network's rules: the same as in its nf_tables table. */
export function createRules(table: NetworkTable): string {
  return sectionsOf(table)
    .map((section) => sectionText(table.name, section))
    .join('');
}

/** The input that undoes {@link createRules}. */
export function deleteRules(table: NetworkTable): string {
  return sectionsOf(table)
    .map(({ table: name, chains, jumps }) => {
      const names = Object.keys(chains).map((part) => chainName(table.name, part));
      return restoreText(name, [
        ...jumps.map((jump) => `-D ${jumpRule(table.name, jump)}`),
        ...removeChains(names),
      ]);
    })
    .join('');
}

/** The lines that remove chains without references. */
export function removeChains(names: readonly string[]): string[] {
  return [...names.map((name) => `-F ${name}`), ...names.map((name) => `-X ${name}`)];
}

/** The input that publishes or withdraws ports: one rule each. */
export function portRules(network: string, verb: '-A' | '-D', ports: readonly PublishedPort[]): string {
  return restoreText(
    'nat',
    ports.map((port) => `${verb} ${portRule(network, port)}`),
  );
}

/** The lines of one table, as input for iptables-restore. */
export function restoreText(table: string, lines: readonly string[]): string {
  return [`*${table}`, ...lines, 'COMMIT', ''].join('\n');
}

function portRule(network: string, port: PublishedPort): string {
  const { hostAddress, hostPort, protocol, address } = port;
  const isLong = familyOf(hostAddress) === 'ip6';
  const target = `${isLong ? `[${address}]` : address}:${String(port.port)}`;
  const host = isAnyAddress(hostAddress) ? '' : `-d ${hostAddress}/${isLong ? '128' : '32'} `;
  const match = `${host}-p ${protocol} -m ${protocol} --dport ${String(hostPort)}`;
  return `${chainName(network, PUBLISHED)} ${match} -j DNAT --to-destination ${target}`;
}

const PORT_RULE =
  /^(?:-d (\S+)\/\d+ )?-p (tcp|udp) -m \w+ --dport (\d+) -j DNAT --to-destination \[?([^\]]+?)\]?:(\d+)$/;

/** The published port in a line of iptables-save; undefined for other lines. */
export function portOfRule(network: string, line: string): PublishedPort | undefined {
  const start = `-A ${chainName(network, PUBLISHED)} `;
  const [, hostAddress, protocol, hostPort, address, port] =
    PORT_RULE.exec(line.startsWith(start) ? line.slice(start.length) : '') ?? [];
  if (address === undefined) return undefined;
  return {
    hostAddress: hostAddress ?? ANY_ADDRESS[familyOf(address)],
    hostPort: Number(hostPort),
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    address,
    port: Number(port),
  };
}

// A verdict of nf_tables applies to its own table: later tables still decide. RETURN has this effect here.
function sectionsOf(table: NetworkTable): Section[] {
  const { loopback, open, nat, resolver, shut = false } = table;
  const device = deviceArgument(table.device);
  const subnet = `${addressText(table.subnet.network)}/${String(table.subnet.prefix)}`;
  const fromOpen = `-m devgroup --src-group ${String(OPEN_GROUP)}`;
  const raw: Section = {
    table: 'raw',
    chains: {
      guard: [
        `-i ${device} -j RETURN`,
        '-i lo -j RETURN',
        ...(open ? [`${fromOpen} -j RETURN`] : []),
        '-j DROP',
      ],
      // Blocks spoofed source addresses, from outside as ours and from inside as others'. Networks behind a member have
      // a route to it.
      sources: [
        `-i ${device} ${beyondRouters(table)}-m rpfilter --invert -j DROP`,
        `-s ${subnet} ! -i ${device} -j DROP`,
      ],
      ...(loopback && { loopback: ['-i lo -j RETURN', '-j DROP'] }),
      // A client that asks endlessly would fill the queue that other clients share.
      ...(resolver && { questions: [`${tooOften(table)} -j DROP`] }),
    },
    jumps: [
      { from: 'PREROUTING', match: '! -i lo', to: 'sources' },
      { from: 'PREROUTING', match: `-d ${subnet}`, to: 'guard' },
      ...(loopback ? [{ from: 'PREROUTING', match: `-d ${LOOPBACK}`, to: 'loopback' }] : []),
      ...(resolver
        ? [
            {
              from: 'PREROUTING',
              match: `-d ${addressText(resolver)}/32 -i ${device} -p udp -m udp --dport 53`,
              to: 'questions',
            } as const,
          ]
        : []),
    ],
  };
  const filter: Section = {
    table: 'filter',
    chains: {
      forward: [
        '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
        ...(shut ? [`-i ${device} ! -o ${device} -j DROP`] : []),
        `-i ${device} -j RETURN`,
        '-m conntrack --ctstate DNAT -j RETURN',
        ...(open ? [`-o ${device} ${fromOpen} -j RETURN`] : []),
        `-o ${device} -j DROP`,
      ],
      ...(nat && { output: [`-o ${device} ${redirect(table)} -j DROP`] }),
    },
    jumps: [{ from: 'FORWARD', to: 'forward' }, ...(nat ? [{ from: 'OUTPUT', to: 'output' }] : [])],
  };
  return nat ? [raw, filter, natSection(table, subnet)] : [raw, filter];
}

function tooOften({ name }: NetworkTable): string {
  const { rate, burst } = MOST_QUESTIONS;
  const counter = chainPrefix(name).slice(0, -1);
  return (
    `-m hashlimit --hashlimit-above ${String(rate)}/sec --hashlimit-burst ${String(burst)} --hashlimit-mode srcip ` +
    `--hashlimit-name ${counter}`
  );
}

function natSection(table: NetworkTable, subnet: string): Section {
  const { loopback, open } = table;
  const device = deviceArgument(table.device);
  const own = table.subnet.network.length === 4 ? LOOPBACK : LOOPBACK6;
  // A port published on all addresses of the host includes loopback addresses only if these are allowed.
  const local = `${loopback ? '' : `! -d ${own} `}-m addrtype --dst-type LOCAL`;
  return {
    table: 'nat',
    chains: {
      [PUBLISHED]: [],
      leaving: [
        `-o ${device} -m conntrack --ctstate DNAT -j MASQUERADE`,
        `-o ${device} -j RETURN`,
        '-o lo -j RETURN',
        ...(open ? [`-m devgroup --dst-group ${String(OPEN_GROUP)} -j RETURN`] : []),
        '-j MASQUERADE',
      ],
    },
    jumps: [
      { from: 'PREROUTING', match: local, to: PUBLISHED },
      { from: 'OUTPUT', match: local, to: PUBLISHED },
      { from: 'POSTROUTING', match: `-s ${subnet}`, to: 'leaving' },
      ...(loopback ? [{ from: 'POSTROUTING', match: `-s ${LOOPBACK} -o ${device}`, to: 'leaving' }] : []),
    ],
  };
}

function beyondRouters({ subnet }: NetworkTable): string {
  const routers = `${addressText(ROUTERS.network)}/${String(ROUTERS.prefix)}`;
  return subnet.network.length === 4 ? `! -s ${routers} ` : '';
}

function redirect({ subnet }: NetworkTable): string {
  const family: Family = subnet.network.length === 4 ? 'ip' : 'ip6';
  return family === 'ip'
    ? '-p icmp -m icmp --icmp-type redirect'
    : '-p ipv6-icmp -m icmp6 --icmpv6-type redirect';
}

function sectionText(network: string, { table, chains, jumps }: Section): string {
  const names = Object.keys(chains);
  return restoreText(table, [
    ...names.map((part) => `:${chainName(network, part)} - [0:0]`),
    ...names.flatMap((part) => (chains[part] ?? []).map((rule) => `-A ${chainName(network, part)} ${rule}`)),
    ...jumps.map((jump) => `-I ${jumpRule(network, jump)}`),
  ]);
}

function jumpRule(network: string, { from, match, to }: Section['jumps'][number]): string {
  const comment = `-m comment --comment netloom:${network}`;
  return [from, match, comment, '-j', chainName(network, to)].filter(Boolean).join(' ');
}
