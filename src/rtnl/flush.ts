import os from 'node:os';
import { binding } from '../executor/run-program';
import type { BatchResult } from './batch';
import type { Body } from './types/common/body';
import type { RtnlRequest } from './request';
import type { Requests } from './families';

/** The families that iproute2 can flush. */
const flushable = ['addr', 'route', 'rule', 'neigh', 'fdb', 'nexthop'] as const;
export type Flushable = (typeof flushable)[number];

export function isFlushable(family: string): family is Flushable {
  return (flushable as readonly string[]).includes(family);
}

/** The filter of a flush: that of a list. For forwarding entries, which the kernel flushes itself, the body of a delete. */
export type FlushFilter<F extends Flushable> = F extends 'fdb'
  ? Requests['fdb']['delete']
  : Requests[F]['list'];

type Send = (requests: readonly RtnlRequest[]) => Promise<BatchResult[]>;

/** Whether flush deletes an object, as in iproute2; absent: every object. */
const takes: Partial<Record<Flushable, (object: Body) => boolean>> = {
  // Priority 0 is the rule for the local table. The families of multicast routing do not belong to `ip rule`.
  rule: ({ priority, family }) => priority !== 0 && (family === 'inet' || family === 'inet6'),
  // Permanent entries and those that need no resolution stay.
  neigh: ({ state }) => state !== 'permanent' && state !== 'noarp',
};

const { ENOENT, ESRCH, EADDRNOTAVAIL, ENODEV } = os.constants.errno;
const alreadyGone = new Set([ENOENT, ESRCH, EADDRNOTAVAIL, ENODEV]);

/** Deletes the objects that the filter selects, in one send. */
export async function flush(family: Flushable, filter: object, send: Send): Promise<void> {
  // The kernel flushes forwarding entries itself: those of bridges since 6.0, those of vxlan since 6.7.
  const requests =
    family === 'fdb'
      ? [{ family, verb: 'delete' as const, body: filter, bulk: true }]
      : await deletions(family, filter, send);
  for (const result of await send(requests)) {
    if (!result.ok && !alreadyGone.has(result.error.errno)) throw result.error;
  }
}

async function deletions(family: Flushable, filter: object, send: Send): Promise<RtnlRequest[]> {
  const [list] = await send([{ family, verb: 'list', body: filter }]);
  if (list?.ok === false) throw list.error;
  const objects = ((list?.reply ?? []) as readonly Body[]).filter(takes[family] ?? (() => true));
  const keys = binding.schema().families[family]?.identity ?? [];
  return objects.map((object) => ({ family, verb: 'delete', body: pick(object, keys) }));
}

function pick(object: Body, keys: readonly string[]): Body {
  return Object.fromEntries(keys.flatMap((key) => (object[key] === undefined ? [] : [[key, object[key]]])));
}
