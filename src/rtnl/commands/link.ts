import type { Body } from '../types/common/body';
import type { NameOf, RequestPrinter } from './printer';
import { kindOptions, laterOptions, portOptions } from './kinds';
import { dev, flag, print, type Printer } from './words';
import { word } from '../../base/format';

export const linkCommand: RequestPrinter = (verb, body, nameOf) => {
  if (verb === 'delete') return { tool: 'ip', words: ['link', 'delete', ...target(body)] };
  const renames = verb === 'set' && body['index'] !== undefined;
  const named = verb === 'add' || !renames ? ['dev', name(body)] : ['dev', `if${word(body['index'])}`];
  const omit = renames ? ['index'] : ['ifname'];
  return { tool: 'ip', words: ['link', verb, ...named, ...options(body, nameOf, omit)] };
};

/** The IPv4 settings of a link, which `ip link` cannot set: 'net/ipv4/conf/veth0/forwarding=1'. */
export function linkSettings(body: Body): string[] {
  const { conf = {} } = (body['inet'] ?? {}) as { readonly conf?: Body };
  return Object.entries(conf).map(([key, value]) => {
    const setting = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return `net/ipv4/conf/${name(body)}/${setting}=${word(value)}`;
  });
}

/** Further commands of a link, which older tools reject. The link works without them. */
export function linkExtras(body: Body): string[][] {
  const { kind, data = {} } = body;
  const options = kind === undefined ? [] : laterOptions(word(kind), data as Body);
  return options.map((words) => ['link', 'set', 'dev', name(body), ...words]);
}

function name(body: Body): string {
  return word(body['ifname'] ?? `if${word(body['index'])}`);
}

function target(body: Body): string[] {
  const { group } = body;
  return group === undefined ? ['dev', name(body)] : ['group', word(group)];
}

/** The options of a link: those common to all kinds, the kind with its own, then the peer. */
function options(body: Body, nameOf: NameOf, omit: readonly string[]): string[] {
  const { kind, data, slaveKind, slaveData, peer } = body;
  const common = print(body, commonKeys(nameOf), [...omit, 'kind', 'data', 'slaveKind', 'slaveData', 'peer']);
  const type =
    kind === undefined ? [] : ['type', word(kind), ...kindOptions(word(kind), (data ?? {}) as Body)];
  const port =
    slaveData === undefined ? [] : ['type', `${word(slaveKind)}_slave`, ...portOptions(slaveData as Body)];
  const end = peer === undefined ? [] : ['peer', ...peerOptions(peer as Body, nameOf)];
  return [...common, ...type, ...port, ...end];
}

function peerOptions(peer: Body, nameOf: NameOf): string[] {
  return print(peer, { ifname: 'name', ...commonKeys(nameOf) });
}

function commonKeys(nameOf: NameOf): Readonly<Record<string, Printer>> {
  return {
    ifname: 'name',
    link: dev('link'),
    index: 'index',
    address: 'address',
    broadcast: 'broadcast',
    mtu: 'mtu',
    txqlen: 'txqueuelen',
    numTxQueues: 'numtxqueues',
    numRxQueues: 'numrxqueues',
    netns: (value) => ['netns', nameOf(word(value))],
    netnsPid: 'netns',
    master: dev('master', 'nomaster'),
    group: 'group',
    ifalias: 'alias',
    // In separate commands: see linkSettings.
    inet: () => [],
    inet6: (value) => print(value as Body, { addrGenMode: 'addrgenmode' }),
    up: flag('up', 'down'),
    noarp: (value) => ['arp', value === true ? 'off' : 'on'],
    notrailers: (value) => ['trailers', value === true ? 'off' : 'on'],
    linkmode: (value) => ['mode', word(value).toLowerCase()],
    operstate: (value) => ['state', word(value)],
    linkNetnsid: 'link-netnsid',
    protoDown: 'protodown',
  };
}
