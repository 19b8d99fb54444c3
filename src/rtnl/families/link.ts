import { defineFamily } from '../definition/define-family';
import type { Body } from '../types/common/body';
import type { LinkAdd, LinkFilter, LinkGet, LinkInfo, LinkRef, LinkSet } from '../types';
import { linkCommand } from '../commands/link';
import { ValidationError } from '../../errors/errors';
import type { NativeVerb } from '../../native/program';
import { word } from '../../base/format';

/** The bodies that each verb takes. */
export interface LinkRequests {
  add: LinkAdd;
  set: LinkSet;
  delete: LinkRef | { readonly group: number };
  get: LinkGet;
  list: LinkFilter;
}

export const link = defineFamily<LinkRequests, LinkInfo>({
  verbs: ['add', 'set', 'delete', 'get', 'list'],
  command: linkCommand,
  prepare: (body, verb) => (reads(verb) ? withoutStats(body, verb) : withPeer(body, verb)),
  leavesOut: (body, verb) => (reads(verb) && body['stats'] !== true ? 'stats64' : undefined),
  // The kernel applies a port's settings before the master in the same message (net/core/rtnetlink.c).
  hint: ({ slaveData }, verb, code) =>
    verb === 'set' && slaveData !== undefined && code === 'EOPNOTSUPP'
      ? 'slaveData needs a device that is a port already: set its master in an earlier request'
      : undefined,
  describe: (body) =>
    word(body['ifname'] ?? body['index'] ?? body['altname'] ?? `group ${word(body['group'])}`),
});

function reads(verb: NativeVerb): boolean {
  return verb === 'get' || verb === 'list';
}

/** The kernel has the peer in the kind's data; callers write it beside the kind. */
function withPeer(body: Body, verb: NativeVerb): Body {
  const { peer, ...rest } = body;
  const data = peer === undefined ? body['data'] : { ...(body['data'] as Body | undefined), peer };
  checkPeer((data as { peer?: Body } | null | undefined)?.peer, verb);
  return peer === undefined ? body : { ...rest, data };
}

// The kernel brings the peer up before it links the first end (drivers/net/veth.c, netkit.c), and always answers
// ENOTCONN.
function checkPeer(peer: Body | null | undefined, verb: NativeVerb): void {
  if (peer?.['up'] !== true) return;
  const problem = 'must be set by link.set once both ends exist: the kernel cannot create a peer that is up';
  throw new ValidationError({ operation: `link.${verb}`, path: 'peer.up', value: true, problem });
}

/** As in iproute2: counters only on request. Linux 6.18 then also omits those of IPv6, a fifth of its reply. */
function withoutStats(body: Body, verb: NativeVerb): Body {
  const { stats = false, ...rest } = body;
  if (typeof stats !== 'boolean') {
    const problem = 'must be true or false';
    throw new ValidationError({ operation: `link.${verb}`, path: 'stats', value: stats, problem });
  }
  if (stats) return rest;
  const { extMask = [] } = rest;
  return {
    ...rest,
    extMask: [...(Array.isArray(extMask) ? (extMask as unknown[]) : [extMask]), 'skip_stats'],
  };
}
