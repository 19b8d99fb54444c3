import type { RequestPrinter } from './printer';
import { flag, isIPv6, print, type Printer } from './words';
import { word } from '../../base/format';

const keys: Readonly<Record<string, Printer>> = {
  not: flag('not'),
  from: 'from',
  to: 'to',
  iif: 'iif',
  oif: 'oif',
  fwmark: (value, body) => {
    const mask = body['fwmask'];
    return ['fwmark', mask === undefined ? word(value) : `${word(value)}/${word(mask)}`];
  },
  priority: 'priority',
  table: 'table',
  goto: 'goto',
  action: (value) => [word(value)],
};

export const ruleCommand: RequestPrinter = (verb, body) => ({
  tool: 'ip',
  words: [...(isIPv6(body) ? ['-6'] : []), 'rule', verb, ...print(body, keys, ['family', 'fwmask'])],
});
