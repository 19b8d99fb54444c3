import { defineFamily } from '../definition/define-family';
import { words } from '../definition/words';
import type { Body } from '../types/common/body';
import type { RouteAdd, RouteFilter, RouteGet, RouteInfo, RouteRef } from '../types';
import { routeCommand } from '../commands/route';
import { word } from '../../base/format';

// Route types that by default belong to the table of local addresses.
const localTypes = new Set<unknown>(['local', 'broadcast', 'anycast', 'nat']);

/** The bodies that each verb takes. */
export interface RouteRequests {
  add: RouteAdd;
  replace: RouteAdd;
  append: RouteAdd;
  set: RouteAdd;
  delete: RouteRef;
  get: RouteGet;
  list: RouteFilter;
}

export const route = defineFamily<RouteRequests, RouteInfo>({
  verbs: ['add', 'replace', 'append', 'set', 'delete', 'get', 'list'],
  command: routeCommand,
  prepare(body, verb) {
    if (verb === 'list') return body;
    const crossed = crossFamilies(body);
    if (verb === 'get') return crossed;
    const table = body['table'] ?? (localTypes.has(body['type']) ? 'local' : 'main');
    // In a delete, 'nowhere' matches any scope.
    if (verb === 'delete')
      return { ...crossed, table, scope: body['scope'] ?? (isIPv6(body) ? undefined : 'nowhere') };
    const { type = 'unicast', protocol = 'boot', scope = defaultScope(body) } = body;
    return { ...crossed, table, type, protocol, scope };
  },

  present(object) {
    const { multipath } = object;
    const single = rtviaToVia(object);
    return Array.isArray(multipath)
      ? { ...single, multipath: (multipath as Body[]).map(rtviaToVia) }
      : single;
  },

  describe(body) {
    const to = word(body['to'] ?? 'default');
    return `${to} ${words(body, ['via', 'dev', 'table', 'priority'])}`.trim();
  },
});

// As in iproute2: a destination without a gateway is on the link.
function defaultScope(body: Body): string | undefined {
  const { type, via, rtvia, multipath, nhId } = body;
  if (isIPv6(body)) return undefined;
  if (type === 'local' || type === 'nat') return 'host';
  if (type === 'broadcast' || type === 'multicast' || type === 'anycast') return 'link';
  if (type !== undefined && type !== 'unicast') return undefined;
  return [via, rtvia, multipath, nhId].every((value) => value === undefined) ? 'link' : undefined;
}

function isIPv6(body: Body): boolean {
  if (body['family'] !== undefined) return body['family'] === 'inet6';
  return ['to', 'from', 'src', 'via'].map((key) => body[key]).some(hasColon);
}

function hasColon(value: unknown): boolean {
  return typeof value === 'string' && value.includes(':');
}

function hasOctets(value: unknown): boolean {
  return typeof value === 'string' && /^\d+\./.test(value);
}

/** A gateway of the other family has a separate attribute (RTA_VIA). */
function crossFamilies(body: Body): Body {
  const isIPv4 = body['family'] === 'inet' || ['to', 'src'].some((key) => hasOctets(body[key]));
  if (!isIPv4) return body;
  const { multipath } = body;
  const crossed = viaToRtvia(body);
  return Array.isArray(multipath)
    ? { ...crossed, multipath: (multipath as Body[]).map(viaToRtvia) }
    : crossed;
}

function viaToRtvia(hop: Body): Body {
  const { via, ...rest } = hop;
  return hasColon(via) ? { ...rest, rtvia: via } : hop;
}

function rtviaToVia(hop: Body): Body {
  if (hop['rtvia'] === undefined) return hop;
  const { rtvia, ...rest } = hop;
  return { ...rest, via: rtvia };
}
