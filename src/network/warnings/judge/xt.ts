import { isQuotaLeft } from './chance';
import { type Met, type Packet, packetTypeOf, stateBit, statusOf } from './packet';
import type { Verdict } from './verdict';

type Data = Readonly<Record<string, unknown>>;

/** iptables matches in nf_tables rules, by the kernel's data (<linux/netfilter/xt_*.h>). */
const MATCHES: Readonly<Record<string, (info: DataView, packet: Packet) => Met>> = {
  comment: () => true,
  conntrack,
  state: (info, packet) => (info.getUint32(0, true) & stateBit(packet)) !== 0,
  addrtype,
  multiport,
  physdev,
  icmp,
  // A struct xt_pkttype_info: the type, and whether it is inverted.
  pkttype: (info, packet) =>
    (info.getUint32(0, true) === packetTypeOf(packet)) !== (info.getUint32(4, true) !== 0),
  // A struct xt_quota_info: whether it is inverted, and the bytes at the start.
  quota: (info, packet) => {
    const isLeft = isQuotaLeft(Number(info.getBigUint64(8, true)), packet);
    return isLeft === undefined ? undefined : isLeft !== ((info.getUint8(0) & 1) !== 0);
  },
};

/** Whether a packet meets an iptables match. */
export function meetsMatch({ name, info }: Data, packet: Packet): Met {
  const match = Object.hasOwn(MATCHES, String(name)) ? MATCHES[String(name)] : undefined;
  if (match === undefined || !(info instanceof Uint8Array)) return undefined;
  return match(new DataView(info.buffer, info.byteOffset, info.byteLength), packet);
}

const CONNTRACK = { state: 0x1, status: 0x40, direction: 0x1000, isRest: ~0x1041 };
/** Offsets of the flags and masks in a struct xt_conntrack_mtinfo3. */
const AT = { matched: 146, inverted: 148, states: 150, statuses: 152 } as const;
/** XT_CONNTRACK_STATE_UNTRACKED; nf_tables has another bit. */
const UNTRACKED = 1 << 8;

function conntrack(info: DataView, packet: Packet): Met {
  if (info.byteLength < AT.statuses + 2) return undefined;
  const [matched, inverted] = [info.getUint16(AT.matched, true), info.getUint16(AT.inverted, true)];
  const test = (flag: number, isMet: boolean): Met =>
    (matched & flag) === 0 ? true : isMet !== ((inverted & flag) !== 0);
  const bit = packet.state === 'untracked' ? UNTRACKED : stateBit(packet);
  return all([
    test(CONNTRACK.state, (info.getUint16(AT.states, true) & bit) !== 0),
    test(CONNTRACK.status, (info.getUint16(AT.statuses, true) & statusOf(packet)) !== 0),
    (matched & CONNTRACK.isRest) === 0 ? true : undefined,
    (matched & CONNTRACK.direction) === 0 ? true : undefined,
  ]);
}

/** Bits by RTN_UNICAST and RTN_LOCAL. */
function addrtype(info: DataView, { isFromHost = false, isForHost = false }: Packet): Met {
  const flags = info.getUint32(4, true);
  const test = (mask: number, isLocal: boolean, invert: number): Met =>
    mask === 0 || ((mask & (isLocal ? 1 << 2 : 1 << 1)) !== 0) !== ((flags & invert) !== 0);
  return all([test(info.getUint16(0, true), isFromHost, 1), test(info.getUint16(2, true), isForHost, 2)]);
}

const SOURCE_OR_ANY: readonly number[] = [0, 2];

/** A struct xt_multiport_v1: the side, the count, up to 15 ports, and which of them begin a range. */
function multiport(info: DataView, { sport, dport }: Packet): Met {
  const sides = info.getUint8(0);
  if (SOURCE_OR_ANY.includes(sides) || dport === undefined) return sport === undefined ? undefined : false;
  const ports = Array.from({ length: info.getUint8(1) }, (_none, index) => ({
    port: info.getUint16(2 + 2 * index, true),
    isFirst: info.getUint8(32 + index) !== 0,
  }));
  const isMet = ports.some(({ port, isFirst }, index) => {
    if (ports[index - 1]?.isFirst) return false;
    return dport >= port && dport <= (isFirst ? (ports[index + 1]?.port ?? port) : port);
  });
  return isMet !== (info.getUint8(47) !== 0);
}

/** A struct ipt_icmp: the type, with 255 for any, two codes, and whether it is inverted. */
function icmp(info: DataView, { echo }: Packet): Met {
  const type = info.getUint8(0);
  if (type === 255) return true;
  return echo === undefined ? undefined : (type === echo) !== ((info.getUint8(3) & 1) !== 0);
}

const BRIDGED = 0x04;

/** A struct xt_physdev_info: after four names, the invert flags and the requested ones. */
function physdev(info: DataView, { bridge }: Packet): Met {
  const [inverted, asked] = [info.getUint8(64), info.getUint8(65)];
  if (bridge === undefined) return asked === BRIDGED ? (inverted & BRIDGED) !== 0 : false;
  return asked === BRIDGED ? (inverted & BRIDGED) === 0 : undefined;
}

function all(found: readonly Met[]): Met {
  return found.includes(false) ? false : found.includes(undefined) ? undefined : true;
}

const ACCEPTING = new Set(['MASQUERADE', 'SNAT', 'DNAT', 'REDIRECT', 'NETMAP', 'ACCEPT']);
const DROPPING = new Set(['REJECT', 'DROP', 'NFQUEUE', 'TARPIT']);

/** Targets that change the hop limit. */
export const HOP_TARGETS: ReadonlySet<string> = new Set(['TTL', 'HL']);

/** Targets that translate the destination. */
export const LEADING: ReadonlySet<string> = new Set(['DNAT', 'REDIRECT']);

/** The verdict of an iptables target; other targets leave the packet to the next rule. */
export function targetVerdict(name: string): Verdict {
  return { code: ACCEPTING.has(name) ? 'accept' : DROPPING.has(name) ? 'drop' : 'continue' };
}

/** A packet's mark after a target MARK, with a struct xt_mark_tginfo2: its mark and mask. */
export function marked({ info }: Data, mark: number | undefined): number | undefined {
  if (!(info instanceof Uint8Array) || info.length < 8 || mark === undefined) return undefined;
  const view = new DataView(info.buffer, info.byteOffset, info.byteLength);
  return ((mark & ~view.getUint32(4, true)) ^ view.getUint32(0, true)) >>> 0;
}

/** Whether a target excludes a packet from connection tracking: XT_CT_NOTRACK. */
export function isNotrack({ name, info }: Data): boolean {
  if (name === 'NOTRACK') return true;
  return name === 'CT' && info instanceof Uint8Array && ((info[0] ?? 0) & 1) !== 0;
}
