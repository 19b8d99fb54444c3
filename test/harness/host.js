'use strict';
// What stands in the host, told by /proc and by `ip`, `nft` and `iptables-save`; the library has no part in it.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

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
    ...lines('/proc/net/if_inet6').map((line) => `address6 ${line.replace(/ \w+ (\w+ \w+ \w+) +/, ' $1 ')}`),
  ].sort();
}

function output(command, args) {
  return execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
}

function json(command, args) {
  const text = output(command, args).trim();
  return text === '' ? [] : JSON.parse(text);
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

function lists() {
  const family = (number, object, ...rest) => json('ip', ['-j', '-d', `-${number}`, object, 'show', ...rest]);
  const routes = ['4', '6'].flatMap((number) => family(number, 'route', 'table', 'all'));
  return {
    link: json('ip', ['-j', '-d', 'link', 'show']),
    address: json('ip', ['-j', 'addr', 'show']).map(({ ifname, addr_info }) => ({ ifname, addr_info })),
    route: routes.filter((route) => !isAutomatic(route)),
    rule: ['4', '6'].flatMap((number) => family(number, 'rule')),
    neighbour: json('ip', ['-j', 'neigh', 'show', 'nud', 'permanent']),
    nft: json('nft', ['-j', 'list', 'ruleset']).nftables.filter((object) => !isEmptyOfIptables(object)),
  };
}

/** Everything, by the tools: a tenth of a second. */
function survey() {
  const found = Object.entries(lists()).flatMap(([kind, objects]) =>
    objects.map((object) => `${kind} ${JSON.stringify(settle(object))}`),
  );
  for (const tool of ['iptables-legacy-save', 'ip6tables-legacy-save']) {
    // Without rules of the older kind the tool would load its modules.
    const tables = tool.startsWith('ip6') ? '/proc/net/ip6_tables_names' : '/proc/net/ip_tables_names';
    if (lines(tables).filter(Boolean).length === 0) continue;
    const rules = output(tool, [])
      .split('\n')
      .filter((line) => /^-A|^:/.test(line));
    found.push(...rules.map((line) => `${tool} ${line.replace(/ \[\d+:\d+\]$/, '')}`));
  }
  return [...glance(), ...found].sort();
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
