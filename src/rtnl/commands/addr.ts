import type { Body } from '../types/common/body';
import type { RequestPrinter } from './printer';
import { dev, print, type Printer } from './words';
import { word } from '../../base/format';

const keys: Readonly<Record<string, Printer>> = {
  broadcast: (value) => ['broadcast', value === 'auto' ? '+' : word(value)],
  dev: dev('dev'),
  scope: 'scope',
  label: 'label',
  rtPriority: 'metric',
  cacheinfo: (value) => lifetimes(value as Body),
  flags: (value) => (value as readonly string[]).map(word),
};

export const addrCommand: RequestPrinter = (verb, body) => {
  const [address = '', prefix] = word(body['address']).split('/');
  // The prefix length applies to the peer's network; iproute2 expects it there.
  const suffix = prefix === undefined ? '' : `/${prefix}`;
  const peer = body['peer'] === undefined ? [] : ['peer', word(body['peer']) + suffix];
  const own = body['peer'] === undefined ? word(body['address']) : address;
  return {
    tool: 'ip',
    words: ['addr', verb, own, ...peer, ...print(body, keys, ['address', 'peer', 'family'])],
  };
};

function lifetimes({ valid, preferred }: Body): string[] {
  const seconds = (value: unknown): string => (value === 0xffffffff ? 'forever' : word(value));
  return [
    ...(valid === undefined ? [] : ['valid_lft', seconds(valid)]),
    ...(preferred === undefined ? [] : ['preferred_lft', seconds(preferred)]),
  ];
}
