import type { Body } from '../types/common/body';
import type { RequestPrinter } from './printer';
import { dev, flag, isIPv6, print, type Printer } from './words';
import { word } from '../../base/format';

/** A gateway of the other family needs its family in front. */
function via(route: Body): Printer {
  return (value) => ['via', ...(word(value).includes(':') && !isIPv6(route) ? ['inet6'] : []), word(value)];
}

function routeKeys(route: Body): Readonly<Record<string, Printer>> {
  return {
    via: via(route),
    dev: dev('dev'),
    priority: 'metric',
    protocol: 'proto',
    onlink: flag('onlink'),
    nhId: 'nhid',
    metrics: (value) => print(value as Body, {}),
  };
}

function hopWords(route: Body): string[] {
  const hops = (route['multipath'] ?? []) as readonly Body[];
  const keys = { via: via(route), dev: dev('dev'), onlink: flag('onlink') };
  return hops.flatMap((hop) => ['nexthop', ...print(hop, keys)]);
}

export const routeCommand: RequestPrinter = (verb, body) => {
  const type = body['type'] === undefined ? [] : [word(body['type'])];
  const target = [verb === 'set' ? 'change' : verb, ...type, word(body['to'] ?? 'default')];
  const options = print(body, routeKeys(body), ['to', 'type', 'family', 'multipath']);
  return { tool: 'ip', words: [...family(body), 'route', ...target, ...options, ...hopWords(body)] };
};

const nexthopKeys: Readonly<Record<string, Printer>> = {
  id: 'id',
  via: 'via',
  dev: dev('dev'),
  blackhole: flag('blackhole'),
  onlink: flag('onlink'),
  fdb: flag('fdb'),
  group: (value) => ['group', (value as readonly Body[]).map(groupMember).join('/')],
};

export const nexthopCommand: RequestPrinter = (verb, body) => ({
  tool: 'ip',
  words: [...family(body), 'nexthop', verb, ...print(body, nexthopKeys, ['family'])],
});

function groupMember({ id, weight }: Body): string {
  return weight === undefined ? word(id) : `${word(id)},${word(weight)}`;
}

function family(body: Body): string[] {
  return isIPv6(body) ? ['-6'] : [];
}
