import os from 'node:os';
import { decodeReply } from '../codec/decode';
import { ClosedError, NetlinkError } from '../errors';
import { publicPath } from '../executor';
import type { NativeResult } from '../native';
import type { BatchResult } from './batch';
import { hooksOf } from './families';
import type { Body } from './families/hooks';
import { placeOf, type RtnlRequest } from './request';

/** What became of a request, as callers see it. */
export function resultOf(request: RtnlRequest, result: NativeResult | undefined): BatchResult {
  if (result === undefined) throw new ClosedError('the executor of this environment');
  const { failure } = result;
  if (failure) {
    const error = NetlinkError.of({ ...failure, path: publicPath(failure.path) }, placeOf(request));
    return { ok: false, error };
  }
  const objects =
    result.reply && decodeReply(request.family, result.reply).map((object) => present(request, object));
  if (request.verb === 'list') {
    return result.interrupted
      ? { ok: false, error: inconsistent(request) }
      : { ok: true, reply: objects ?? [] };
  }
  const [object] = objects ?? [];
  return object === undefined ? { ok: true } : { ok: true, reply: object };
}

function present(request: RtnlRequest, object: object): object {
  return hooksOf(request.family).present?.(object as Body) ?? object;
}

function inconsistent(request: RtnlRequest): NetlinkError {
  return new NetlinkError({
    ...placeOf(request),
    errno: os.constants.errno.EINTR,
    detail:
      'the list changed while it was read, at every repetition (NLM_F_DUMP_INTR): try again when less changes',
  });
}
