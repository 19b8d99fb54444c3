import { extensionByNumbers } from './exthdr';
import { userdataOf } from '../../nft/userdata';
import { FIELDS } from './headers';
import { ctKey, FIB, type Key, META, RT, SOCKET, XFRM } from './keys';
import { type DataType, HOST_INTEGER, typeNamed } from './types';

/** A part of a set that was created by `typeof`: the expression it was created for. */
export interface Typeof {
  /** In nft's spelling. */
  readonly text: string;
  readonly type: DataType;
  /** In bytes. */
  readonly size: number;
  /** In bits, for a field that does not fill whole bytes. */
  readonly bits?: number;
}

/**
 * nft stores the expressions of `typeof` in a set's user data. It uses its own numbers for the kind of expression, the
 * header and the field, and the kernel's for a key (libnftnl's nftnl_udata_set_types, nft's expr_types and
 * proto_desc_id).
 */
export const [KEY_TYPEOF, DATA_TYPEOF] = [3, 4];
export const [KIND, DATA] = [0, 1];
export const KINDS = {
  ...{ verdict: 1, payload: 7, exthdr: 8, meta: 9, socket: 10, osf: 11, ct: 12, concat: 13 },
  ...{ numgen: 23, hash: 24, rt: 25, fib: 26, xfrm: 27 },
} as const;

/** The expressions of a set's key or data; undefined if it was created by types, or if one expression is unknown. */
export function typeofParts(userdata: Uint8Array | undefined, of: number): Typeof[] | undefined {
  const expression = userdataOf(of, userdata);
  if (expression === undefined) return undefined;
  const isConcatenated = kindOf(expression) === KINDS.concat;
  const parts = isConcatenated ? concatenated(userdataOf(DATA, expression)) : [expression];
  const read = parts.map(typeofExpression);
  return read.length > 0 && read.every((part) => part !== undefined) ? read : undefined;
}

// The expressions are numbered from 0.
function concatenated(data: Uint8Array | undefined): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let part; (part = userdataOf(parts.length, data)) !== undefined;) parts.push(part);
  return parts;
}

function kindOf(expression: Uint8Array): number | undefined {
  return numberIn(expression, KIND);
}

function typeofExpression(expression: Uint8Array): Typeof | undefined {
  const data = userdataOf(DATA, expression) ?? new Uint8Array();
  const read = READERS.get(kindOf(expression) ?? -1);
  return read?.(data);
}

type Reader = (data: Uint8Array) => Typeof | undefined;

const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [KINDS.payload, (data) => headerField(numberIn(data, 0), numberIn(data, 1)) ?? rawBytes(data)],
  [KINDS.meta, (data) => ofKey(keyIn(META, META_KEYS, numberIn(data, 0)))],
  [KINDS.rt, (data) => ofKey(keyIn(RT, RT_KEYS, numberIn(data, 0)))],
  [KINDS.socket, (data) => ofKey(keyIn(SOCKET, SOCKET_KEYS, numberIn(data, 0)))],
  [KINDS.osf, () => ({ text: 'osf name', type: typeNamed('string'), size: 16 })],
  [KINDS.ct, connection],
  [KINDS.numgen, generated],
  [KINDS.exthdr, extension],
  [KINDS.fib, route],
  [KINDS.hash, hashed],
  [KINDS.xfrm, transformed],
]);

// A list ends before the keys that nft does not write without further words.
export const META_KEYS =
  'len protocol priority mark iif oif iifname oifname iiftype oiftype skuid skgid nftrace rtclassid secmark nfproto l4proto ibrname obrname pkttype cpu iifgroup oifgroup cgroup prandom secpath iifkind oifkind ibrpvid ibrvproto time day hour sdif sdifname broute'.split(
    ' ',
  );
export const CT_KEYS =
  'state direction status mark secmark expiration helper l3protocol src dst protocol protoSrc protoDst labels pkts bytes avgpkt zone eventmask srcIp dstIp srcIp6 dstIp6 id'.split(
    ' ',
  );
export const RT_KEYS = 'classid nexthop4 nexthop6 tcpmss xfrm'.split(' ');
export const SOCKET_KEYS = 'transparent mark wildcard'.split(' ');

function keyIn(
  keys: Readonly<Record<string, Key>>,
  names: readonly string[],
  number: number | undefined,
): Key | undefined {
  return keys[names[number ?? -1] ?? ''];
}

function ofKey(key: Key | undefined): Typeof | undefined {
  return key && { text: key.text, type: key.type, size: key.size };
}

const SIDES = ['original ', 'reply '];

function connection(data: Uint8Array): Typeof | undefined {
  const known = ofKey(ctKey(CT_KEYS[numberIn(data, 0) ?? -1] ?? '', 'inet'));
  const side = SIDES[numberIn(data, 1) ?? -1] ?? '';
  return known && { ...known, text: known.text.replace(' ', ` ${side}`) };
}

export const SEQUENCES = ['inc', 'random'];

function generated(data: Uint8Array): Typeof | undefined {
  const [sequence, modulus, offset = 0] = [0, 1, 2].map((part) => numberIn(data, part));
  const how = SEQUENCES[sequence ?? -1];
  if (how === undefined || modulus === undefined) return undefined;
  const more = offset === 0 ? '' : ` offset ${String(offset)}`;
  return { text: `numgen ${how} mod ${String(modulus)}${more}`, type: HOST_INTEGER, size: 4 };
}

function extension(data: Uint8Array): Typeof | undefined {
  const [desc = -1, field = -1, op = 0] = [0, 1, 2].map((part) => numberIn(data, part));
  return extensionByNumbers({ op, desc, field });
}

/** The inputs and results of a route lookup, by nft's numbers. */
export const ROUTE_FLAGS = ['saddr', 'daddr', 'mark', 'iif', 'oif'];
export const ROUTE_RESULTS = ['', 'oif', 'oifname', 'type'];

function route(data: Uint8Array): Typeof | undefined {
  const [result = 0, flags = 0] = [0, 1].map((part) => numberIn(data, part));
  const key = FIB[ROUTE_RESULTS[result] ?? ''];
  const by = ROUTE_FLAGS.filter((_, bit) => flags & (1 << bit));
  return key && { text: `fib ${by.join(' . ')} ${key.text}`, type: key.type, size: key.size };
}

const SYMMETRIC = 1;

// nft does not store the key of the other kind of hash.
function hashed(data: Uint8Array): Typeof | undefined {
  const [type, offset = 0, modulus] = [0, 1, 2].map((part) => numberIn(data, part));
  if (type !== SYMMETRIC || modulus === undefined) return undefined;
  const more = offset === 0 ? '' : ` offset ${String(offset)}`;
  return { text: `symhash mod ${String(modulus)}${more}`, type: HOST_INTEGER, size: 4 };
}

const XFRM_KEYS = ['', 'daddr4', 'daddr6', 'saddr4', 'saddr6', 'reqid', 'spi'];

function transformed(data: Uint8Array): Typeof | undefined {
  const [number = 0, spnum = 0, dir = 0] = [0, 1, 2].map((part) => numberIn(data, part));
  const key = ofKey(keyIn(XFRM, XFRM_KEYS, number));
  const policy = spnum === 0 ? '' : `spnum ${String(spnum)} `;
  return key && { ...key, text: `ipsec ${dir === 1 ? 'out' : 'in'} ${policy}${key.text}` };
}

/** The headers by nft's numbers, and their fields, numbered from 1. */
export const HEADERS: ReadonlyMap<number, readonly [header: string, fields: string]> = new Map([
  [1, ['ah', 'nexthdr,hdrlength,reserved,spi,sequence']],
  [2, ['esp', 'spi,sequence']],
  [3, ['comp', 'nexthdr,flags,cpi']],
  [4, ['icmp', 'type,code,checksum,id,sequence,gateway,mtu']],
  [5, ['igmp', 'type,checksum,mrt,group']],
  [6, ['udp', 'sport,dport,length,checksum']],
  [7, ['udplite', 'sport,dport,csumcov,checksum']],
  [8, ['tcp', 'sport,dport,sequence,ackseq,doff,reserved,flags,window,checksum,urgptr']],
  [9, ['dccp', 'sport,dport,type']],
  [10, ['sctp', 'sport,dport,vtag,checksum']],
  [11, ['th', 'sport,dport']],
  [12, ['ip', 'version,hdrlength,dscp,ecn,length,id,frag-off,ttl,protocol,checksum,saddr,daddr']],
  [13, ['ip6', 'version,dscp,ecn,flowlabel,length,nexthdr,hoplimit,saddr,daddr']],
  [14, ['icmpv6', 'type,code,checksum,,mtu,id,sequence,max-delay']],
  [15, ['arp', 'htype,ptype,hlen,plen,operation,saddr ether,saddr ip,daddr ether,daddr ip']],
  [16, ['vlan', 'pcp,dei,,id,type']],
  [17, ['ether', 'daddr,saddr,type']],
]);

function headerField(header: number | undefined, field: number | undefined): Typeof | undefined {
  const [name = '', fields = ''] = HEADERS.get(header ?? -1) ?? [];
  const found = FIELDS.get(name)?.find((each) => each.name === fields.split(',')[(field ?? 0) - 1]);
  if (found === undefined) return undefined;
  const { text, type, bits } = found;
  return { text, type, size: Math.ceil(bits / 8), ...(bits % 8 > 0 && { bits }) };
}

const BASES = ['', 'll', 'nh', 'th', 'ih'];

function rawBytes(data: Uint8Array): Typeof | undefined {
  const [header, base = 0, offset = 0, bits = 0] = [0, 2, 3, 4].map((part) => numberIn(data, part));
  const word = BASES[base];
  if (header !== 0 || !word || bits === 0) return undefined;
  const text = `@${word},${String(offset)},${String(bits)}`;
  return { text, type: typeNamed('integer'), size: Math.ceil(bits / 8), ...(bits % 8 > 0 && { bits }) };
}

function numberIn(data: Uint8Array, of: number): number | undefined {
  const bytes = userdataOf(of, data);
  if (bytes?.length !== 4) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
