import { ValidationError, type ErrorPlace } from '../errors/errors';
import type { NativeRequest, NativeVerb } from '../native/program';
import { type FamilyName, familyNamed } from './families';
import type { Body } from './types/common/body';

const NLM_F_ECHO = 0x8;
const NLM_F_BULK = 0x200;

/** One rtnetlink request as the caller made it. */
export interface RtnlRequest {
  readonly family: FamilyName;
  readonly verb: NativeVerb;
  readonly body: object;
  /** Asks the kernel to return the created object. */
  readonly echo?: boolean | undefined;
  /** A delete of all objects that the body selects. */
  readonly bulk?: boolean | undefined;
}

/** Finds the program's slot for a caller's `netns`; throws a ValidationError for an invalid value. */
export type NamespaceResolver = (reference: unknown, path: string, operation: string) => number;

/** Converts the request for the codec. */
export function toNative(request: RtnlRequest, resolve: NamespaceResolver): NativeRequest {
  const { family, verb, echo, bulk } = request;
  const body = resolveNamespaces(checkedBody(request), (reference, path) =>
    resolve(reference, path, operationOf(request)),
  );
  const hooks = familyNamed(family);
  const prepared = hooks.prepare?.(body, verb) ?? body;
  const echoes = echo === true || (verb === 'get' && hooks.answersByEcho === true);
  const flags = (echoes ? NLM_F_ECHO : 0) | (bulk ? NLM_F_BULK : 0);
  return { family, verb, body: prepared, ...(flags === 0 ? {} : { flags }) };
}

/** Whether the kernel's answer contains objects. */
export function wantsReply(request: RtnlRequest): boolean {
  return request.verb === 'get' || request.verb === 'list' || request.echo === true;
}

/** The place that errors name for the request. */
export function placeOf(request: RtnlRequest): ErrorPlace {
  const { family, verb, body } = request;
  const operation = operationOf(request);
  if (!isBody(body)) return { operation };
  const hooks = familyNamed(family);
  return { operation, object: hooks.describe(body), hint: (code) => hooks.hint?.(body, verb, code) };
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function operationOf(request: RtnlRequest): string {
  return `${request.family}.${request.verb}`;
}

function checkedBody(request: RtnlRequest): Body {
  const { body } = request;
  if (isBody(body)) return body;
  const problem = `must be an object with the ${request.family}'s attributes`;
  throw new ValidationError({ operation: operationOf(request), path: 'body', value: body, problem });
}

// Namespaces occur only as the namespace of an object and of its peer.
function resolveNamespaces(
  body: Body,
  slotOf: (reference: unknown, path: string) => number,
  path = '',
): Body {
  const { netns, peer } = body;
  if (netns === undefined && peer === undefined) return body;
  return {
    ...body,
    ...(netns === undefined ? {} : { netns: slotOf(netns, `${path}netns`) }),
    ...(isBody(peer) ? { peer: resolveNamespaces(peer, slotOf, `${path}peer.`) } : {}),
  };
}
