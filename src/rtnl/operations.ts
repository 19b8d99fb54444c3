import { familyNamed, familyNames, type Requests } from './families';
import type { RtnlRequest } from './request';

/** The families whose changes can be undone. Namespace ids are excluded: the kernel never removes one. */
type UndoableFamily = Exclude<keyof Requests, 'netns'>;

type Changing<F extends UndoableFamily> = Exclude<keyof Requests[F] & string, 'get' | 'list'>;

/** A noun and a verb: 'link.add', 'route.replace'. */
export type RequestOp = { [F in UndoableFamily]: `${F}.${Changing<F>}` }[UndoableFamily];

/** The body of an operation: the same as for `rtnl`, with labels of the plan for namespaces. */
export type RequestBody<O extends RequestOp> = O extends `${infer F extends UndoableFamily}.${infer V}`
  ? V extends keyof Requests[F]
    ? Requests[F][V]
    : never
  : never;

/** A request that undoes another one. */
export type UndoRequest = {
  [O in RequestOp]: { readonly netns?: string; readonly op: O; readonly body: RequestBody<O> };
}[RequestOp];

/** A request of one operation, and how to undo it. */
export interface Undoable<O extends RequestOp> {
  readonly op: O;
  readonly body: RequestBody<O>;
  /**
   * How to undo the step if a later one fails. The default fits nearly all: an addition is deleted; before a change or
   * deletion, the object is read, and then restored. Deleting a link cannot be undone. Objects that the kernel drops
   * along with a change, such as the routes of a link that goes down, are not restored.
   */
  readonly undo?: 'none' | UndoRequest;
}

/** One request of an atomic batch. */
export type UndoableRequest = { [O in RequestOp]: Undoable<O> }[RequestOp];

/** The operations of {@link RequestOp} at run time. */
export const requestOps: readonly string[] = familyNames
  .filter((family) => familyNamed(family).command !== undefined)
  .flatMap((family) => familyNamed(family).verbs.map((verb) => `${family}.${verb}`))
  .filter((op) => !/\.(get|list)$/.test(op));

/** Makes the rtnetlink request of an operation. */
export function requestOf(op: string, body: object, echo = false): RtnlRequest {
  const [family, verb] = op.split('.') as [RtnlRequest['family'], RtnlRequest['verb']];
  return { family, verb, body, echo };
}
