import { binding } from '../../src/executor/run-program';
import type { SchemaRow } from '../../src/native/schema';
import { kernelHasLink } from '../support';

/** Where in which message an attribute is put, so that the kernel comes to judge it. */
export interface Context {
  message(value: Buffer, row: SchemaRow): Buffer;
}

/**
 * Devices: 102 is a port of the bridge 104, 103 its other end, 105 a VXLAN, 106 a link to change at will, 108 a port of
 * a bond. The lowest numbers may be those of links that the kernel itself adds to every namespace.
 */
export const SETUP = [
  'ip link add p0 index 102 type veth peer name p1 index 103',
  'ip link add b0 index 104 type bridge',
  'ip link add x0 index 105 type vxlan dstport 4789 external',
  'ip link add q0 index 106 type veth peer name q1 index 107',
  'ip link set p0 master b0 up',
  'ip link set p1 up',
  'ip nexthop add id 1 dev p1',
  'tc qdisc add dev q0 root handle 1: htb',
  'tc qdisc add dev q0 clsact',
  'ip link add o0 index 108 type veth peer name o1 index 109',
  'if ip link add n0 index 110 type bond; then ip link set o0 master n0; fi',
].join('; ');
const PORT = 102;
const PEER = 103;
const VXLAN = 105;
const OTHER = 106;
/** Its other end, for qdiscs. */
const QUEUED = 107;
/** A port of a bond, where the kernel has bonds. */
const BONDED = 108;

const AF_INET = 2;
const AF_BRIDGE = 7;
const AF_INET6 = 10;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_DUMP = 0x300;
const NLM_F_REPLACE = 0x100;
const NLM_F_CREATE = 0x400;
const NESTED = 0x8000;

const schema = binding.schema();

function attribute(type: number, value: Buffer): Buffer {
  const out = Buffer.alloc((value.length + 7) & ~3);
  out.writeUInt16LE(value.length + 4, 0);
  out.writeUInt16LE(type, 2);
  value.copy(out, 4);
  return out;
}

function text(type: number, value: string): Buffer {
  return attribute(type, Buffer.from(`${value}\0`));
}

function message(type: number, flags: number, header: Buffer, ...attributes: Buffer[]): Buffer {
  const start = Buffer.alloc(16);
  const whole = Buffer.concat([start, header, ...attributes]);
  whole.writeUInt32LE(whole.length, 0);
  whole.writeUInt16LE(type, 4);
  whole.writeUInt16LE(NLM_F_REQUEST | NLM_F_ACK | flags, 6);
  return whole;
}

/** The row at the end of a path of nests, behind what must stand beside it. */
function within(path: readonly number[], value: Buffer, row: SchemaRow): Buffer {
  return path.reduceRight((inner, type) => attribute(type | NESTED, inner), attribute(row.type, value));
}

const IFLA = { ifname: 3, linkinfo: 18, afSpec: 26, xdp: 43, propList: 52, protoDownReason: 55 };
const RTM = {
  newLink: 16,
  getLink: 18,
  newLinkProp: 108,
  newAddr: 20,
  newRoute: 24,
  newNeigh: 28,
  getNeigh: 30,
  newRule: 32,
  newNsid: 88,
  getNsid: 90,
  newNexthop: 104,
  getNexthop: 106,
  newQdisc: 36,
  newClass: 40,
  newFilter: 44,
};

function link(index: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(index, 4);
  return header;
}

/** Changes to a link. */
const inLink = (index: number, ...path: number[]): Context => ({
  message: (value, row) => message(RTM.newLink, 0, link(index), within(path, value, row)),
});

// A probe that the kernel accepts makes a link: no other may be taken for it.
let links = 0;

/** The data of a new link of a kind. */
const inKind = (kind: string): Context => ({
  message: (value, row) =>
    message(
      RTM.newLink,
      NLM_F_CREATE,
      link(0),
      text(IFLA.ifname, `probe${links++}`),
      attribute(5, Buffer.from([PEER, 0, 0, 0])),
      attribute(IFLA.linkinfo | NESTED, Buffer.concat([text(1, kind), within([2], value, row)])),
    ),
});

/** A port's settings as a port. */
const inSlave = (kind: string, port: number): Context => ({
  message: (value, row) =>
    message(
      RTM.newLink,
      0,
      link(port),
      attribute(IFLA.linkinfo | NESTED, Buffer.concat([text(4, kind), within([5], value, row)])),
    ),
});

/** A header that begins with the family; prefixes have their length in it, or their value is not looked at. */
const plain = (
  type: number,
  header: readonly number[],
  flags = NLM_F_CREATE,
  path: readonly number[] = [],
  beside: readonly Buffer[] = [],
): Context => ({
  message: (value, row) => {
    const bytes = Buffer.from(header);
    if (row.kind === 'prefix') bytes[row.arg] = 8;
    // What is probed is not there twice.
    const others = beside.filter((other) => path.length > 0 || other.readUInt16LE(2) !== row.type);
    return message(type, flags, bytes, ...others, within(path, value, row));
  },
});

const route = (family: number): number[] => [family, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, 0];
const rule = (family: number): number[] => [family, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
const addr = (family: number): number[] => [family, 24, 0, 0, PORT, 0, 0, 0];
const neigh = (family: number, device: number, flags: number): number[] => [
  family,
  0,
  0,
  0,
  device,
  0,
  0,
  0,
  0x80,
  0,
  flags,
  0,
];
const both = (make: (family: number) => Context): Context[] => [make(AF_INET), make(AF_INET6)];
const SELF = 2;
const MASTER = 4;

// Attributes without which the kernel does not come to the others.
const mac = attribute(2, Buffer.from([2, 0, 0, 0, 0, 9]));
const farEnd = attribute(1, Buffer.from([192, 0, 2, 9]));
const outgoing = attribute(4, Buffer.from([PEER, 0, 0, 0]));
const hopDevice = attribute(5, Buffer.from([PEER, 0, 0, 0]));
const group = attribute(2, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
const resilient = attribute(3, Buffer.from([1, 0]));

/** The data of a qdisc, class or filter of a kind, below a handle of the device to change at will. */
const inTc = (type: number, parent: number, kind: string, ...path: number[]): Context => ({
  message: (value, row) => {
    const header = Buffer.alloc(20);
    header.writeInt32LE(type === RTM.newQdisc ? QUEUED : OTHER, 4);
    header.writeUInt32LE(type === RTM.newClass ? 0x00010010 : 0, 8);
    header.writeUInt32LE(parent, 12);
    // Any protocol, and a priority of its own.
    header.writeUInt32LE(type === RTM.newFilter ? (++links << 16) | 0x0300 : 0, 16);
    const before = row.key === 'kind' && path.length === 0 ? [] : [text(1, kind)];
    return message(type, NLM_F_CREATE | NLM_F_REPLACE, header, ...before, within(path, value, row));
  },
});
const ROOT = 0xffffffff;
const INGRESS = 0xfffffff2;
const HTB = 0x00010000;
/** The selector of u32 that matches all. */
const selector = attribute(5, Buffer.from([1, ...Array<number>(15).fill(0)]));
/** A u32 filter with one action of a kind, in which the row stands. */
const inAction = (kind: string, ...path: number[]): Context => ({
  message: (value, row) => {
    const own = row.key === 'kind' && path.length === 0 ? [] : [text(1, kind)];
    const action = attribute(1 | NESTED, Buffer.concat([...own, within(path, value, row)]));
    const data = attribute(7 | NESTED, action);
    return inTc(RTM.newFilter, INGRESS, 'u32').message(Buffer.concat([selector, data]), { ...row, type: 2 });
  },
});

/** Behind the struct with which netem's data begin. */
const inNetem: Context = {
  message: (value, row) =>
    inTc(RTM.newQdisc, ROOT, 'netem').message(Buffer.concat([Buffer.alloc(24), attribute(row.type, value)]), {
      ...row,
      type: 2,
    }),
};

const contexts: Readonly<Record<string, () => readonly Context[]>> = {
  link: () => [
    inLink(OTHER),
    { message: (value, row) => message(RTM.getLink, 0, link(OTHER), within([], value, row)) },
  ],
  linkinfo: () => [inLink(OTHER, IFLA.linkinfo)],
  afSpec: () => [inLink(OTHER, IFLA.afSpec)],
  inet: () => [inLink(OTHER, IFLA.afSpec, AF_INET)],
  inetConf: () => [inLink(OTHER, IFLA.afSpec, AF_INET, 1)],
  inet6: () => [inLink(OTHER, IFLA.afSpec, AF_INET6)],
  xdp: () => [inLink(OTHER, IFLA.xdp)],
  protoDownReason: () => [inLink(VXLAN, IFLA.protoDownReason)],
  altname: () => [
    { message: (value, row) => message(RTM.newLinkProp, 0, link(OTHER), within([], value, row)) },
  ],
  altnames: () => [
    {
      message: (value, row) => message(RTM.newLinkProp, 0, link(OTHER), within([IFLA.propList], value, row)),
    },
  ],
  bridgePort: () => [inSlave('bridge', PORT)],
  bondSlave: () => [kernelHasLink('bond') ? inSlave('bond', BONDED) : inKind('bond')],
  macaddrData: () => [],
  addr: () => both((family) => plain(RTM.newAddr, addr(family))),
  route: () => both((family) => plain(RTM.newRoute, route(family))),
  metrics: () => both((family) => plain(RTM.newRoute, route(family), NLM_F_CREATE, [8], [outgoing])),
  rule: () => both((family) => plain(RTM.newRule, rule(family))),
  neigh: () => [
    ...both((family) => plain(RTM.newNeigh, neigh(family, PORT, 0))),
    plain(RTM.getNeigh, [AF_INET, ...Array<number>(11).fill(0)], NLM_F_DUMP),
  ],
  fdb: () => [
    plain(RTM.newNeigh, neigh(AF_BRIDGE, PORT, MASTER), NLM_F_CREATE, [], [mac]),
    plain(RTM.newNeigh, neigh(AF_BRIDGE, VXLAN, SELF), NLM_F_CREATE, [], [mac, farEnd]),
    plain(RTM.getNeigh, [AF_BRIDGE, ...Array<number>(11).fill(0)], NLM_F_DUMP),
  ],
  fdbExtAttrs: () => [plain(RTM.newNeigh, neigh(AF_BRIDGE, PORT, MASTER), NLM_F_CREATE, [14], [mac])],
  nexthop: () => [
    ...both((family) => plain(RTM.newNexthop, [family, 0, 0, 0, 0, 0, 0, 0], NLM_F_CREATE, [], [hopDevice])),
    plain(RTM.newNexthop, [0, 0, 0, 0, 0, 0, 0, 0]),
    plain(RTM.getNexthop, [0, 0, 0, 0, 0, 0, 0, 0], 0),
    plain(RTM.getNexthop, [0, 0, 0, 0, 0, 0, 0, 0], NLM_F_DUMP),
  ],
  resGroup: () => [plain(RTM.newNexthop, [0, 0, 0, 0, 0, 0, 0, 0], NLM_F_CREATE, [12], [group, resilient])],
  qdisc: () => [inTc(RTM.newQdisc, ROOT, 'tbf')],
  tbf: () => [inTc(RTM.newQdisc, ROOT, 'tbf', 2)],
  htb: () => [inTc(RTM.newQdisc, ROOT, 'htb', 2)],
  netem: () => [inNetem],
  fqCodel: () => [inTc(RTM.newQdisc, ROOT, 'fq_codel', 2)],
  class: () => [inTc(RTM.newClass, HTB, 'htb')],
  htbClass: () => [inTc(RTM.newClass, HTB, 'htb', 2)],
  filter: () => [inTc(RTM.newFilter, INGRESS, 'u32')],
  u32: () => [inTc(RTM.newFilter, INGRESS, 'u32', 2)],
  flower: () => [inTc(RTM.newFilter, INGRESS, 'flower', 2)],
  matchall: () => [inTc(RTM.newFilter, INGRESS, 'matchall', 2)],
  action: () => [inAction('mirred')],
  mirred: () => [inAction('mirred', 2)],
  gact: () => [inAction('gact', 2)],
  netns: () => [plain(RTM.newNsid, [0, 0, 0, 0], 0), plain(RTM.getNsid, [0, 0, 0, 0], 0)],
};

const kinds = schema.tables['linkinfo']?.attrs.find((row) => row.key === 'data')?.variants ?? {};

/** The places to try for a row of a table; none for tables that only describe structures. */
export function contextsOf(table: string): readonly Context[] {
  const known = contexts[table];
  if (known !== undefined) return known();
  const kind = Object.keys(kinds).find((name) => kinds[name] === table);
  return kind === undefined ? [] : [inKind(kind)];
}
