import type { NativeStep } from '../native/program';
import { requestOf, type UndoableRequest } from './operations';
import { toNative, type NamespaceResolver } from './request';
import { undoOf } from './undo';

/** Where a request runs. */
export interface RequestPlace {
  readonly slot: number;
  /** The namespace of that slot, as in bodies. */
  readonly netns: unknown;
}

/** A request as an executor step, with the request that undoes it. */
export function undoableStep(
  request: UndoableRequest,
  { slot, netns }: RequestPlace,
  resolve: NamespaceResolver,
  echo = false,
): NativeStep {
  const step: NativeStep = {
    op: 'request',
    slot,
    ...toNative(requestOf(request.op, request.body, echo), resolve),
    ...(echo ? { reply: true } : {}),
  };
  const undo = undoOf(request, netns);
  if (undo === undefined) return step;
  const place = undo.netns === undefined ? slot : resolve(undo.netns, 'netns', undo.op);
  const inverse = toNative(requestOf(undo.op, undo.body), resolve);
  return { ...step, undo: { mode: undo.mode, slot: place, request: inverse } };
}
