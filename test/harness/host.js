'use strict';
// What stands in the host, told by /proc and by `ip`, `nft` and `iptables-save`; the library has no part in it.
const fs = require('node:fs');
const path = require('node:path');
const { askIp, output } = require('./tools');

const SYSCTLS = {
  ipv4: [
    'forwarding',
    'route_localnet',
    'rp_filter',
    'proxy_arp',
    'arp_ignore',
    'arp_announce',
    'accept_local',
  ],
  ipv6: ['forwarding', 'force_forwarding', 'disable_ipv6', 'accept_ra', 'autoconf', 'proxy_ndp'],
};

function lines(file) {
  try {
    return fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EINVAL'].includes(error.code)) return [];
    throw error;
  }
}

function names(directory) {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function files(directory) {
  const found = fs.existsSync(directory)
    ? fs.readdirSync(directory, { recursive: true, withFileTypes: true })
    : [];
  return found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Settings, and which interfaces there are. */
function settings() {
  const found = [`sysctl net/ipv4/ip_forward=${lines('/proc/sys/net/ipv4/ip_forward')[0]}`];
  for (const [family, keys] of Object.entries(SYSCTLS)) {
    for (const ifname of names(`/proc/sys/net/${family}/conf`)) {
      for (const key of keys) {
        const [value] = lines(`/proc/sys/net/${family}/conf/${ifname}/${key}`);
        if (value !== undefined) found.push(`sysctl net/${family}/conf/${ifname}/${key}=${value}`);
      }
    }
  }
  return found;
}

/** Flags of an address that change by themselves, while others are asked whether they have it: IFA_F_TENTATIVE and its kin. */
const IN_QUESTION = 0x40 | 0x08 | 0x04;

function address6(line) {
  const [address, , prefix, scope, flags, ifname] = line.trim().split(/ +/);
  return `address6 ${address} ${prefix} ${scope} ${(parseInt(flags, 16) & ~IN_QUESTION).toString(16)} ${ifname}`;
}

/** In about a millisecond, since no process is started: names, mounts, journal, settings, addresses, routes of main. */
function glance() {
  const mounts = lines('/proc/self/mountinfo').map((line) => line.split(' '));
  return [
    ...files('/run/netns').map((file) => `name ${file}`),
    ...files('/run/netloom').map((file) => `journal ${file}`),
    ...files('/etc/netns').map((file) => `file ${file}`),
    ...mounts.map(([, , , root, place]) => `mount ${place} of ${root.replace(/\d+/g, 'N')}`),
    ...settings(),
    ...lines('/proc/net/fib_trie')
      .filter((line) => /\d/.test(line))
      .map((line) => `fib ${line.trim()}`),
    ...lines('/proc/net/if_inet6').filter(Boolean).map(address6),
  ].sort();
}

/** Numbers, counters and states that change by themselves, or with every object that is made again. */
const DRIFTING =
  /_timer$|^(ifindex|link_index|link_netnsid|operstate|topology_change.*|packets|bytes|handle|index|expires|age|stats.*|used|updated|confirmed|probes|valid_life_time|preferred_life_time|metainfo|min_mtu|max_mtu|tentative|dadfailed)$/;
const FLAGS = ['NO-CARRIER', 'LOWER_UP', 'M-DOWN', 'linkdown', 'dead'];

function settle(value) {
  if (Array.isArray(value)) return value.filter((item) => !FLAGS.includes(item)).map(settle);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !DRIFTING.test(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, settle(inner)]));
}

const isAutomatic = ({ dst = '', protocol }) =>
  protocol === 'kernel' &&
  (dst.startsWith('fe80:') || dst.startsWith('ff00:') || dst.startsWith('multicast'));

/** Tables and chains that iptables-nft makes with its first rule and never removes; its rules are another matter. */
function isEmptyOfIptables({ table, chain }) {
  const name = table?.name ?? chain?.table;
  return /^(filter|nat|raw|mangle)$/.test(name) && (table !== undefined || chain.policy === 'accept');
}

async function lists() {
  const [[link, address, neighbour, routes, rules], [rules6], ruleset] = await Promise.all([
    // The routes of all tables are those of all families.
    askIp('-d', [
      ...['link show', 'addr show', 'neigh show nud permanent'],
      ...['route show table all', 'rule show'],
    ]),
    askIp('-d -6', ['rule show']),
    output('nft -j list ruleset'),
  ]);
  return {
    link,
    address: address.map(({ ifname, addr_info }) => ({ ifname, addr_info })),
    route: routes.filter((route) => !isAutomatic(route)),
    rule: [...rules, ...rules6],
    neighbour,
    nft: JSON.parse(ruleset).nftables.filter((object) => !isEmptyOfIptables(object)),
  };
}

/** Rules of the older kind. Where there are none the tools would load its modules. */
async function legacyRules() {
  const found = [];
  for (const [tool, tables] of [
    ['iptables-legacy-save', '/proc/net/ip_tables_names'],
    ['ip6tables-legacy-save', '/proc/net/ip6_tables_names'],
  ]) {
    if (lines(tables).filter(Boolean).length === 0) continue;
    const rules = (await output(tool)).split('\n').filter((line) => /^-A|^:/.test(line));
    found.push(...rules.map((line) => `${tool} ${line.replace(/ \[\d+:\d+\]$/, '')}`));
  }
  return found;
}

/** Everything, by the tools. */
async function survey() {
  const found = Object.entries(await lists()).flatMap(([kind, objects]) =>
    objects.map((object) => `${kind} ${JSON.stringify(settle(object))}`),
  );
  return [...glance(), ...found, ...(await legacyRules())].sort();
}

/** The differences of two sorted lists in which lines may repeat: '+ line' for what came, '- line' for what went. */
function difference(before, after) {
  const counts = new Map();
  for (const line of before) counts.set(line, (counts.get(line) ?? 0) - 1);
  for (const line of after) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([line, count]) => `${count > 0 ? '+' : '-'} ${line}`);
}

module.exports = { difference, glance, lines, names, survey };
