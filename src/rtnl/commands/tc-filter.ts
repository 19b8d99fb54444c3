import type { Body } from '../types/common/body';
import { word } from '../../base/format';
import { device, print, snake, type Printer } from './words';

/** The words of a filter after its kind. */
export function classifierWords(kind: string, data: Body | undefined): string[] {
  if (data === undefined) return [];
  const { actions = [], classid, ...matches } = data;
  const own =
    kind === 'flower' ? flowerWords(matches) : print(kind === 'u32' ? withMatch(matches) : matches, u32);
  const target = classid === undefined ? [] : ['flowid', word(classid)];
  return [...own, ...target, ...(actions as readonly Body[]).flatMap(actionWords)];
}

// `tc` needs an explicit match for all packets; a hash table has none.
function withMatch(data: Body): Body {
  const { match = [], divisor } = data;
  const isAny = divisor === undefined && (match as readonly Body[]).length === 0;
  return isAny ? { ...data, match: [{ at: 0, value: 0, mask: 0 }] } : data;
}

const u32: Readonly<Record<string, Printer>> = {
  match: (value) =>
    (value as readonly Body[]).flatMap(({ at, value: wanted, mask = 0xffffffff }) => [
      ...['match', 'u32', hex(wanted), hex(mask)],
      ...['at', word(at)],
    ]),
  hash: (value) => ['ht', `${(Number(value) >>> 20).toString(16)}:`],
  link: (value) => ['link', `${(Number(value) >>> 20).toString(16)}:`],
};

/** Keys that `tc` names differently; a mask follows its key's value. */
const flowerNames: Readonly<Record<string, string>> = {
  ethDst: 'dst_mac',
  ethSrc: 'src_mac',
  ipv4Src: 'src_ip',
  ipv4Dst: 'dst_ip',
  ipv6Src: 'src_ip',
  ipv6Dst: 'dst_ip',
  ...{ tcpSrc: 'src_port', udpSrc: 'src_port', sctpSrc: 'src_port' },
  ...{ tcpDst: 'dst_port', udpDst: 'dst_port', sctpDst: 'dst_port' },
  ...{ icmpv4Type: 'type', icmpv6Type: 'type', icmpv4Code: 'code', icmpv6Code: 'code' },
  vlanEthType: 'vlan_ethtype',
};

function flowerWords(data: Body): string[] {
  // The filter's protocol implies the type.
  const { ethType: _, portSrcMin, portDstMin, ...rest } = data;
  const ranges = { portSrcMax: ['src_port', portSrcMin], portDstMax: ['dst_port', portDstMin] } as const;
  return Object.keys(rest).flatMap((key) => {
    if (key.endsWith('Mask') || rest[key] === undefined) return [];
    if (key === 'portSrcMax' || key === 'portDstMax')
      return [ranges[key][0], `${word(ranges[key][1])}-${word(rest[key])}`];
    const mask = rest[`${key}Mask`];
    const value = key === 'tcpFlags' ? bits(rest[key]) : word(rest[key]);
    return [flowerNames[key] ?? snake(key), mask === undefined ? value : `${value}/${maskText(key, mask)}`];
  });
}

// `tc` takes masks of addresses as prefix lengths only, and bit masks in hexadecimal.
function maskText(key: string, mask: unknown): string {
  if (/^ipv[46]/.test(key)) return prefixOf(word(mask));
  return ['tcpFlags', 'ipTos', 'ipTtl'].includes(key) ? bits(mask) : word(mask);
}

function bits(value: unknown): string {
  return `0x${Number(value).toString(16)}`;
}

function prefixOf(mask: string): string {
  const groups = mask.includes(':')
    ? mask.split(':').map((group) => parseInt(group || '0', 16))
    : mask.split('.');
  return String(groups.reduce<number>((sum, group) => sum + onesOf(Number(group)), 0));
}

function onesOf(value: number): number {
  return value.toString(2).replaceAll('0', '').length;
}

function actionWords({ kind, data, index, cookie }: Body): string[] {
  const { parms = {}, prob } = (data ?? {}) as Body;
  const { eaction, dev, action, index: own = index } = parms as Body;
  const tag = cookie === undefined ? [] : ['cookie', Buffer.from(cookie as Uint8Array).toString('hex')];
  const numbered = own === undefined ? tag : ['index', word(own), ...tag];
  if (kind !== 'mirred') return ['action', word(action ?? 'ok'), ...probWords(prob), ...numbered];
  const [side = '', deed = ''] = word(eaction).split('_');
  // `tc` derives the verdict from the action.
  return ['action', 'mirred', side, deed, ...numbered, 'dev', device(dev)];
}

function probWords(prob: unknown): string[] {
  if (prob === undefined) return [];
  const { ptype, pval, paction } = prob as Body;
  return ['random', ptype === 'random' ? 'netrand' : word(ptype), word(paction), word(pval)];
}

function hex(value: unknown): string {
  return `0x${Number(value).toString(16).padStart(8, '0')}`;
}
