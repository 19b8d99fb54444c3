import type { NumberRange } from '../types/rule';
import type { Body } from '../types/common/body';
import type { RequestPrinter } from './printer';
import { flag, isIPv6, print, type Printer } from './words';
import { word } from '../../base/format';

const keys: Readonly<Record<string, Printer>> = {
  not: flag('not'),
  from: 'from',
  to: 'to',
  // Without a prefix `ip` reads it as hexadecimal.
  tos: (value) => ['tos', `0x${Number(value).toString(16)}`],
  iif: 'iif',
  oif: 'oif',
  fwmark: masked('fwmark', 'fwmask', 0xffffffff),
  tunId: 'tun_id',
  l3mdev: flag('l3mdev'),
  uidRange: range('uidrange'),
  ipProto: 'ipproto',
  sportRange: range('sport', 'sportMask'),
  dportRange: range('dport', 'dportMask'),
  dscp: masked('dscp', 'dscpMask', 0x3f),
  flowlabel: masked('flowlabel', 'flowlabelMask', 0xfffff),
  priority: 'priority',
  table: 'table',
  goto: 'goto',
  flow: 'realms',
  suppressIfgroup: 'suppress_ifgroup',
  suppressPrefixlen: 'suppress_prefixlength',
  action: (value) => [word(value)],
};

// Printed with the value that they belong to.
const MASKS = ['fwmask', 'sportMask', 'dportMask', 'dscpMask', 'flowlabelMask'];

/** A value with a mask after a slash, unless all bits count. */
function masked(option: string, key: string, all: number): Printer {
  return (value, { [key]: mask }) => [
    option,
    mask === undefined || mask === all ? word(value) : `${word(value)}/${word(mask)}`,
  ];
}

function range(option: string, maskKey = ''): Printer {
  return (value, { [maskKey]: mask }) => {
    const { start, end } = value as NumberRange;
    const ports = start === end ? word(start) : `${word(start)}-${word(end)}`;
    return [option, mask === undefined || mask === 0xffff ? ports : `${ports}/${word(mask)}`];
  };
}

/** The words of a rule in the order of the body's keys. */
export function ruleWords(body: Body): string[] {
  return print(body, keys, ['family', ...MASKS]);
}

export const ruleCommand: RequestPrinter = (verb, body) => ({
  tool: 'ip',
  words: [...(isIPv6(body) ? ['-6'] : []), 'rule', verb, ...ruleWords(body)],
});
