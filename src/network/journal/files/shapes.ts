import { isIP } from 'node:net';
import {
  array,
  boolean,
  check,
  fallback,
  type GenericSchema,
  literal,
  looseObject,
  number,
  optional,
  picklist,
  pipe,
  regex,
  string,
} from 'valibot';
import { FIREWALL_KINDS } from '../../../firewall/iptables/flavour';
import { ifname } from '../../../errors/validate-options';
import type { KindFields } from '../../model/layout';
import { MACVLAN_MODES } from '../../spec/macvlan-options';

// The journal's files must match these shapes before anything is done by them: names of files and devices, and
// addresses of the host are checked, so that a damaged file cannot point elsewhere, and so is what decides the kind of a
// network. Objects may have more fields: plain data of the plans.

/** The version of everything in the journal. A file of another version is left to the library version that wrote it. */
export const VERSION = 1;

const name = pipe(
  string('must be a name'),
  regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'must be a name'),
  check((text) => text.length <= 255 && !text.includes('..'), 'must be a name'),
);
const id = pipe(string('must be an id'), regex(/^[A-Za-z0-9-]{1,64}$/, 'must be an id'));
const cookie = pipe(string('must be a cookie'), regex(/^\d{1,20}$/, 'must be a cookie'));
const mac = pipe(
  string('must be a MAC address'),
  regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'must be a MAC address'),
);
const address = pipe(
  string('must be an address'),
  check((text) => isIP(text) !== 0, 'must be an address'),
);
const network = pipe(
  string('must be a network'),
  check((text) => /^[^/]+\/\d{1,3}$/.test(text) && isIP(text.split('/')[0] ?? '') !== 0, 'must be a network'),
);
const portNumber = pipe(
  number('must be a port'),
  check((value) => Number.isInteger(value) && value > 0 && value < 65536, 'must be a port'),
);
const firewall = picklist(FIREWALL_KINDS, `must be one of ${FIREWALL_KINDS.join(', ')}`);
const version = literal(VERSION, `must be ${String(VERSION)}`);

const owner = looseObject({
  pid: number(),
  startTime: string(),
  bootId: string(),
  pidNamespace: string(),
  life: optional(looseObject({ byte: number(), place: string() })),
});

const holder = looseObject({ network: name, owner: optional(owner) });

const member = looseObject({
  name: string(),
  address,
  address6: optional(address),
  ifname,
  mac,
  port: ifname,
  portMac: mac,
  created: boolean(),
  defaultRoute: boolean(),
  pinned: optional(name),
  cookie: optional(cookie),
});

const publishedPort = looseObject({
  hostAddress: address,
  hostPort: portNumber,
  protocol: picklist(['tcp', 'udp']),
  address,
  port: portNumber,
});

const peer = looseObject({ subnet: network, via: address, device: ifname });
const adopted = looseObject({
  ifname,
  index: optional(number()),
  configuration: optional(
    looseObject({
      addresses: array(looseObject({})),
      routes: array(looseObject({})),
      neighbours: optional(array(looseObject({}))),
      kernelRoutes: optional(array(looseObject({}))),
    }),
  ),
});

const subnet = looseObject({ text: network, first: number(), last: number(), prefix: number() });

const vxlan = looseObject({ id: number(), local: address, remotes: array(address), port: portNumber });

// All fields that decide the kind: with an unknown value the network would pass for one of another kind.
const kind = {
  lifetime: literal('persistent', 'must be "persistent"'),
  routed: optional(literal('host', 'must be "host"')),
  macvlan: optional(picklist(MACVLAN_MODES, `must be one of ${MACVLAN_MODES.join(', ')}`)),
  openvswitch: optional(looseObject({ socket: string() })),
  parent: optional(ifname),
} satisfies Record<keyof KindFields, GenericSchema>;

const layoutFields = looseObject({
  ...kind,
  id,
  name,
  subnet,
  gateway: address,
  device: ifname,
  nat: boolean(),
  mtu: number(),
  interfaces: optional(array(ifname)),
  ipv6: boolean(),
  inet6: optional(looseObject({ subnet: network, gateway: address })),
  group: optional(number()),
  firewall: optional(firewall),
  portPrefix: optional(ifname),
  vxlan: optional(vxlan),
});
const layout = pipe(
  layoutFields,
  check(
    (fields) => 'routed' in fields === 'portPrefix' in fields,
    'must have routed and portPrefix, or neither',
  ),
);

const contents = {
  members: optional(array(member)),
  ports: optional(array(publishedPort)),
  peers: optional(array(peer)),
  adopted: optional(array(adopted)),
};

const changes = ['attach', 'detach', 'publish', 'withdraw', 'peer', 'unpeer', 'adopt', 'release'] as const;

/** A line of a record after its first. */
export const changeShape = looseObject({ action: picklist(changes), ...contents });

export const recordShape = looseObject({
  version,
  boot: string(),
  host: cookie,
  hostInode: number(),
  layout,
  ...contents,
  members: array(member),
  ports: array(publishedPort),
});

export const intentShape = looseObject({
  version,
  id,
  owner,
  at: number(),
  host: cookie,
  hostInode: optional(number()),
  network: name,
  of: optional(id),
  action: picklist(['create', 'make', 'hold', 'delete', ...changes]),
  ...contents,
});

/** What remains to be read of an intent that does not match the shape of intents. */
export const claimShape = looseObject({
  owner: looseObject({ ...owner.entries, life: fallback(owner.entries.life, undefined) }),
  host: cookie,
  network: name,
  id: fallback(optional(id), undefined),
  of: fallback(optional(id), undefined),
});

const lease = { version, boot: string(), host: cookie, hostInode: optional(number()) };

export const forwardingShape = looseObject({
  ...lease,
  ifname,
  index: optional(number()),
  family: picklist(['ip', 'ip6']),
  previous: picklist(['0', '1']),
  all: boolean(),
  holders: array(holder),
});

export const routeShape = looseObject({
  ...lease,
  route: looseObject({ subnet: network, via: address, device: ifname }),
  holders: array(holder),
});

export const rulesShape = looseObject({
  ...lease,
  firewall,
  holder,
});

/** A lease on disk, with the boot and the host on which it was taken. */
export interface Leased {
  readonly boot: string;
  readonly host: string;
  /** Its inode: with cookie and inode the kernel can tell whether the host still exists. */
  readonly hostInode?: number | undefined;
}

/** The end of the name of an intent that its process gave up. */
export const ABANDONED = '.abandoned.json';

/** The beginning of a file's name, by its content. */
export const NAMES = {
  networks: ({ host, layout: { name: network } }: { host: string; layout: { name: string } }) =>
    `${host}.${network}.json`,
  intents: ({ id: own }: { id: string }) => `${own}.`,
  forwarding: ({ host, ifname: device, family }: { host: string; ifname: string; family: string }) =>
    `${host}.${family}:${device}.json`,
  routes: ({ host, route }: { host: string; route: { subnet: string } }) =>
    `${host}.${route.subnet.replace('/', ':')}.json`,
  rules: ({ host, holder: { network: of } }: { host: string; holder: { network: string } }) =>
    `${host}.${of}.json`,
};

/** Shapes by the directory of the files. */
export const SHAPES = {
  networks: recordShape,
  intents: intentShape,
  forwarding: forwardingShape,
  routes: routeShape,
  rules: rulesShape,
} as const satisfies Record<string, GenericSchema>;
