import type { RequestPrinter } from './printer';
import { dev, print, text, type Printer } from './words';
import { word } from '../../base/format';

const keys: Readonly<Record<string, Printer>> = {
  lladdr: 'lladdr',
  dev: dev('dev'),
  state: (value) => ['nud', text(value)],
  flags: (value) => [value].flat().map(word),
};

export const neighCommand: RequestPrinter = (verb, body) => ({
  tool: 'ip',
  words: ['neigh', verb === 'set' ? 'change' : verb, word(body['to']), ...print(body, keys, ['to'])],
});

const fdbKeys: Readonly<Record<string, Printer>> = {
  dev: dev('dev'),
  to: 'dst',
  state: (value) => fdbState([value].flat()),
  flags: (value) => [value].flat().map(word),
  port: 'port',
  srcVni: 'src_vni',
  ifindex: dev('via'),
};

export const fdbCommand: RequestPrinter = (verb, body) => ({
  tool: 'bridge',
  words: ['fdb', verb, word(body['lladdr']), ...print(body, fdbKeys, ['lladdr'])],
});

// A word of iproute2 may stand for several kernel states.
function fdbState(states: readonly unknown[]): string[] {
  if (states.includes('permanent')) return ['permanent'];
  return [states.includes('noarp') ? 'static' : 'dynamic'];
}
