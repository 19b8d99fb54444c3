import { familyNamed, familyNames, type Requests } from './families';
import type { RtnlRequest } from './request';

/** The families whose changes can be taken back. Namespace ids are not among them: the kernel never takes one back. */
type UndoableFamily = Exclude<keyof Requests, 'netns'>;

type Changing<F extends UndoableFamily> = Exclude<keyof Requests[F] & string, 'get' | 'list'>;

/** A noun and a verb: 'link.add', 'route.replace'. */
export type RequestOp = { [F in UndoableFamily]: `${F}.${Changing<F>}` }[UndoableFamily];

/** The body that an operation takes: the same as `rtnl` takes, with labels of the plan where that takes namespaces. */
export type RequestBody<O extends RequestOp> = O extends `${infer F extends UndoableFamily}.${infer V}`
  ? V extends keyof Requests[F]
    ? Requests[F][V]
    : never
  : never;

/** A request that takes another one back. */
export type UndoRequest = {
  [O in RequestOp]: { readonly netns?: string; readonly op: O; readonly body: RequestBody<O> };
}[RequestOp];

/** A request of one operation, and how it is taken back. */
export interface Undoable<O extends RequestOp> {
  readonly op: O;
  readonly body: RequestBody<O>;
  /**
   * How the step is taken back if a later one fails. The default is right for nearly all: what was added is deleted,
   * what was changed or deleted is read first and put back. Deleting a link cannot be undone, and what the kernel
   * drops along with a change, such as the routes of a link that goes down, does not come back.
   */
  readonly undo?: 'none' | UndoRequest;
}

/** One request of an atomic batch. */
export type UndoableRequest = { [O in RequestOp]: Undoable<O> }[RequestOp];

/** The operations of {@link RequestOp} at run time. */
const operations: ReadonlySet<string> = new Set(
  familyNames
    .filter((family) => familyNamed(family).command !== undefined)
    .flatMap((family) => familyNamed(family).verbs.map((verb) => `${family}.${verb}`))
    .filter((op) => !/\.(get|list)$/.test(op)),
);

export function isRequestOp(op: string): op is RequestOp {
  return operations.has(op);
}

/** The rtnetlink request of an operation. */
export function requestOf(op: string, body: object, echo = false): RtnlRequest {
  const [family, verb] = op.split('.') as [RtnlRequest['family'], RtnlRequest['verb']];
  return { family, verb, body, echo };
}
