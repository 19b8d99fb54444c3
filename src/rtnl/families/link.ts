import { ValidationError } from '../../errors';
import type { NativeVerb } from '../../native';
import type { Body, FamilyHooks } from './hooks';
import { word } from '../../text';

export const link: FamilyHooks = {
  prepare: (body, verb) => (reads(verb) ? withoutStats(body, verb) : withPeer(body)),
  leavesOut: (body, verb) => (reads(verb) && body['stats'] !== true ? 'stats64' : undefined),
  describe: (body) =>
    word(body['ifname'] ?? body['index'] ?? body['altname'] ?? `group ${word(body['group'])}`),
};

function reads(verb: NativeVerb): boolean {
  return verb === 'get' || verb === 'list';
}

/** The kernel has the other end among the data of the kind; callers write it beside the kind. */
function withPeer(body: Body): Body {
  const { peer, data, ...rest } = body;
  return peer === undefined ? body : { ...rest, data: { ...(data as Body | undefined), peer } };
}

/** The same as iproute2's: counters are told if asked for. Linux 6.18 leaves out those of IPv6, a fifth of its answer. */
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
