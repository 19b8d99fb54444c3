import { ValidationError, type ErrorPlace } from '../errors/errors';
import type { Body } from './types/common/body';
import type { UndoableRequest } from './operations';

/** How to undo a request: the inverse request, or the request that reads the object before it is changed. */
export interface Undo {
  readonly mode: 'inverse' | 'restore';
  /** The namespace, as in bodies, if it is not the request's own. */
  readonly netns?: unknown;
  readonly op: string;
  readonly body: object;
}

interface Rule {
  /** The keys of a body that identify its object in a delete. */
  readonly keys: readonly string[];
  /** How to read the object: by a get with its keys, or from a list filtered by these keys. */
  readonly read: 'get' | { readonly listBy: readonly string[] };
  /** Of `flags`, the only one that identifies the object: the kernel refuses to read it by others. */
  readonly flag?: string;
}

const rules: Readonly<Record<string, Rule>> = {
  addr: { keys: ['dev', 'address', 'peer'], read: { listBy: ['dev'] } },
  route: {
    keys: [
      'to',
      'from',
      'via',
      'dev',
      'multipath',
      'nhId',
      'table',
      'tos',
      'priority',
      'type',
      'scope',
      'src',
      'family',
    ],
    // A list filtered by a table that does not exist yet fails.
    read: { listBy: [] },
  },
  neigh: { keys: ['to', 'dev', 'flags'], read: 'get', flag: 'proxy' },
  fdb: { keys: ['lladdr', 'dev', 'to', 'vlan', 'port', 'vni', 'srcVni', 'flags'], read: { listBy: ['dev'] } },
  nexthop: { keys: ['id'], read: 'get' },
  ethtool: { keys: ['dev'], read: 'get' },
  qdisc: { keys: ['dev', 'parent', 'handle', 'kind'], read: { listBy: [] } },
  class: { keys: ['dev', 'handle'], read: 'get' },
  filter: {
    keys: ['dev', 'parent', 'priority', 'protocol', 'handle', 'chain', 'kind'],
    read: { listBy: ['dev', 'parent', 'chain'] },
  },
};

/**
 * How to undo a request; undefined if it is not undone. `home` is the namespace in which it runs, as in bodies: a label
 * in a plan, otherwise an object.
 */
export function undoOf(request: UndoableRequest, home: unknown): Undo | undefined {
  if (request.undo === 'none') return undefined;
  if (request.undo !== undefined) return { mode: 'inverse', ...request.undo };
  const [family = '', verb = ''] = request.op.split('.');
  const body = request.body as Body;
  if (family === 'link') return undoOfLink(verb, body, home);
  if (family === 'altname')
    return { mode: 'inverse', op: verb === 'add' ? 'altname.delete' : 'altname.add', body };
  if (family === 'filter' && !isOneFilter(verb, body)) return undefined;
  // A policy rule has no key: its whole body identifies it.
  const rule = rules[family] ?? { keys: Object.keys(body), read: { listBy: [] } };
  if (verb === 'add' || verb === 'append')
    return { mode: 'inverse', op: `${family}.delete`, body: keysOf(body, rule) };
  return rule.read === 'get'
    ? { mode: 'restore', op: `${family}.get`, body: keysOf(body, rule) }
    : { mode: 'restore', op: `${family}.list`, body: pick(body, rule.read.listBy) };
}

/** Whether the request cannot be undone. */
export function isIrreversibleRequest(request: UndoableRequest): boolean {
  return request.op.endsWith('.delete') && undoOf(request, undefined) === undefined;
}

/** Describes a completed request or step that cannot be undone. */
export function irreversibleText({ operation, object, step, netns }: ErrorPlace): string {
  const what = object ? `${operation} ${object}` : operation;
  return `step ${String(step)} (${netns === undefined ? what : `${what} in '${netns}'`}) cannot be undone`;
}

// Filters are identified only by priority and handle: a deletion without a priority removes all of the parent.
function isOneFilter(verb: string, body: Body): boolean {
  const missing = ['priority', ...(verb === 'add' ? [] : ['handle'])].find((key) => body[key] === undefined);
  if (missing === undefined) return true;
  if (verb === 'delete') return false;
  throw new ValidationError({
    path: missing,
    value: undefined,
    problem: 'must be set in a plan, so that the step can be undone',
  });
}

function undoOfLink(verb: string, body: Body, home: unknown): Undo | undefined {
  if (verb === 'delete') return undefined;
  const target = body['netns'];
  const elsewhere = target === undefined ? {} : { netns: target };
  if (verb === 'add') return { mode: 'inverse', ...elsewhere, op: 'link.delete', body: nameOf(body) };
  if (target === undefined) return { mode: 'restore', op: 'link.get', body: nameOf(body) };
  const others = Object.keys(body).find((key) => key !== 'ifname' && key !== 'netns');
  if (others !== undefined || body['ifname'] === undefined) {
    const problem = "must be combined with 'ifname' only in a plan, so that moving the link can be undone";
    throw new ValidationError({ path: 'netns', value: target, problem });
  }
  return { mode: 'inverse', netns: target, op: 'link.set', body: { ifname: body['ifname'], netns: home } };
}

function nameOf(body: Body): Body {
  const { index, ifname, altname } = body;
  if (index !== undefined) return { index };
  if (ifname !== undefined) return { ifname };
  if (altname !== undefined) return { altname };
  const problem = 'must be set in a plan, or index instead, so that the step can be undone';
  throw new ValidationError({ path: 'ifname', value: undefined, problem });
}

function keysOf(body: Body, { keys, flag }: Rule): Body {
  const { flags, ...rest } = pick(body, keys);
  const chosen = flag !== undefined && Array.isArray(flags) ? flags.filter((one) => one === flag) : flags;
  return chosen === undefined || (Array.isArray(chosen) && chosen.length === 0)
    ? rest
    : { ...rest, flags: chosen };
}

function pick(body: Body, keys: readonly string[]): Body {
  return Object.fromEntries(keys.flatMap((key) => (body[key] === undefined ? [] : [[key, body[key]]])));
}
