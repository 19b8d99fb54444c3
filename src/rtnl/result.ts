import os from 'node:os';
import { decodeReply } from '../codec/decode/decode';
import { ClosedError, NetlinkError } from '../errors/errors';
import { publicPath } from '../executor/run-program';
import type { NativeResult } from '../native/program';
import type { BatchResult } from './batch';
import { type FamilyName, familyNamed } from './families';
import type { Body } from './types/common/body';
import { placeOf, type RtnlRequest } from './request';

/** Decodes a reply while further parts of it arrive. */
export class ReplyReader {
  readonly #family: FamilyName;
  readonly #without: string | undefined;
  /** One list per part of the reply. */
  #objects: object[][] = [];

  constructor({ family, verb, body }: RtnlRequest) {
    this.#family = family;
    this.#without = familyNamed(family).leavesOut?.(body as Body, verb);
  }

  get objects(): object[] {
    return this.#objects.flat();
  }

  take(messages: Uint8Array): void {
    if (messages.length === 0) {
      this.#objects = [];
      return;
    }
    this.#objects.push(objectsOf(this.#family, messages, this.#without));
  }
}

/** The objects of a reply as callers see them, without the key `without` if given. */
export function objectsOf(family: FamilyName, messages: Uint8Array, without?: string): object[] {
  const hooks = familyNamed(family);
  return decodeReply(family, messages, without).map((object) => hooks.present?.(object as Body) ?? object);
}

/** The caller's result of a request, and the objects of the kernel's reply. */
export function resultOf(
  request: RtnlRequest,
  result: NativeResult | undefined,
  objects: readonly object[],
): BatchResult {
  if (result === undefined) throw new ClosedError('the executor of this environment');
  const { failure } = result;
  if (failure) {
    const error = NetlinkError.of({ ...failure, path: publicPath(failure.path) }, placeOf(request));
    return { ok: false, error };
  }
  if (request.verb === 'list') {
    return result.interrupted
      ? { ok: false, error: inconsistent(placeOf(request)) }
      : { ok: true, reply: objects };
  }
  const [object] = objects;
  if (object === undefined && request.verb === 'get') return { ok: false, error: unanswered(request) };
  return object === undefined ? { ok: true } : { ok: true, reply: object };
}

// The kernel acknowledged the request without sending an object.
function unanswered(request: RtnlRequest): NetlinkError {
  const detail = 'the kernel answered without an object';
  return new NetlinkError({ ...placeOf(request), errno: os.constants.errno.EPROTO, detail });
}

/** The error of a list that changed during every attempt to read it. */
export function inconsistent(place: { readonly operation: string }): NetlinkError {
  return new NetlinkError({
    ...place,
    errno: os.constants.errno.EINTR,
    detail:
      'the list changed during every attempt to read it (NLM_F_DUMP_INTR): try again when fewer objects change',
  });
}
