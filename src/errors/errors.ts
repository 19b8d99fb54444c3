import { describeErrno } from './errno';
import type { NativeFailure } from '../native/program';
import { missingCapability } from './capabilities';
import { reachedLimit } from './limits';
import { show } from '../base/format';

/** Where an error happened, in the caller's terms. */
export interface ErrorPlace {
  /** Noun and verb: 'link.add'. */
  readonly operation: string;
  /** The object concerned: 'veth0', '10.0.0.2/24 dev eth0'. */
  readonly object?: string | undefined;
  /** Position of the step in its plan. */
  readonly step?: number | undefined;
  /** Label of the namespace in its plan. */
  readonly netns?: string | undefined;
  /** A remedy by error code, used when the kernel gives no explanation. */
  readonly hint?: ((code: string) => string | undefined) | undefined;
}

export interface NetlinkErrorFields extends ErrorPlace {
  readonly errno: number;
  readonly path?: string | undefined;
  readonly extack?: string | undefined;
  readonly syscall?: string | undefined;
  /** Our own explanation where the kernel has none: the cause and the remedy. */
  readonly detail?: string | undefined;
  readonly notUndone?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** The kernel refused a request, or a system call failed. Match on {@link NetlinkError.code}. */
export class NetlinkError extends Error {
  override readonly name = 'NetlinkError';
  /** Symbolic error: 'EEXIST'. */
  readonly code: string;
  /** The kernel's positive error number. */
  readonly errno: number;
  readonly operation: string;
  declare readonly object?: string;
  /** Property of the caller's object that the kernel reported: 'peer.ifname'. */
  declare readonly path?: string;
  /** The kernel's explanation, if any. */
  declare readonly extack?: string;
  /** The system call that failed; absent when the kernel answered a netlink request. */
  declare readonly syscall?: string;
  /** Position of the failing step in its plan. */
  declare readonly step?: number;
  /** Label of the step's namespace in its plan. */
  declare readonly netns?: string;
  /** One line for each change of the plan that could not be undone. Absent if everything was undone. */
  declare readonly notUndone?: readonly string[];

  constructor(fields: NetlinkErrorFields) {
    const { errno, operation, object, path, extack, syscall, step, notUndone = [] } = fields;
    const { code, message } = describeErrno(errno);
    const detail = fields.detail ?? (extack ? undefined : (fields.hint?.(code) ?? remedy(errno, syscall)));
    const left = notUndone.length > 0 ? `not undone: ${notUndone.join('; ')}` : '';
    const details = [extack, detail, path && `at ${path}`, left].filter(Boolean);
    const text = [placeText(fields), `${message} (${code})`, ...details].join(': ');
    super(text, fields.cause === undefined ? {} : { cause: fields.cause });
    this.code = code;
    this.errno = errno;
    this.operation = operation;
    if (object) this.object = object;
    if (path) this.path = path;
    if (extack) this.extack = extack;
    if (syscall) this.syscall = syscall;
    if (step !== undefined) this.step = step;
    if (fields.netns !== undefined) this.netns = fields.netns;
    if (notUndone.length > 0) this.notUndone = notUndone;
  }

  /** The error for a step that the addon reports as failed. */
  static of(failure: NativeFailure, place: ErrorPlace, notUndone: readonly string[] = []): NetlinkError {
    const syscall = failure.call === 'netlink' ? undefined : failure.call;
    const { errno, path, text } = failure;
    return new NetlinkError({ ...place, errno, path, extack: text, syscall, notUndone });
  }
}

/** The caller's input was rejected before any system call. */
export class ValidationError extends Error {
  override readonly name = 'ValidationError';
  readonly code = 'ERR_VALIDATION';
  /** Property of the caller's object: 'peer.ifname'. */
  readonly path: string;
  /** The invalid value. */
  readonly value: unknown;
  /** The problem and the remedy. */
  readonly problem: string;
  declare readonly operation?: string;
  /** Position of the rejected step in its plan. */
  declare readonly step?: number;

  /** `problem` states the problem or the requirement: 'must be at most 15 bytes'. */
  constructor(fields: { path: string; value: unknown; problem: string } & Partial<ErrorPlace>) {
    const got =
      fields.value === undefined || /\bgot\b/.test(fields.problem) ? '' : `, got ${show(fields.value)}`;
    const { operation } = fields;
    const place = operation === undefined ? '' : placeText({ ...fields, operation });
    super([place, fields.path, fields.problem + got].filter(Boolean).join(': '));
    this.path = fields.path;
    this.value = fields.value;
    this.problem = fields.problem;
    if (operation !== undefined) this.operation = operation;
    if (fields.step !== undefined) this.step = fields.step;
  }

  /** The same error, with the step of the plan or batch where it occurred. */
  at(place: ErrorPlace): ValidationError {
    const { path, value, problem } = this;
    return new ValidationError({ ...place, path, value, problem });
  }
}

/** A handle was used after it was closed. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';
  readonly code = 'ERR_CLOSED';

  constructor(what: string) {
    super(`${what} is closed: open it again before use`);
  }
}

function remedy(errno: number, syscall: string | undefined): string | undefined {
  return missingCapability(errno, syscall) ?? reachedLimit(errno, syscall);
}

function placeText(place: ErrorPlace): string {
  const what = place.object ? `${place.operation} ${place.object}` : place.operation;
  if (place.step === undefined) return what;
  const where = place.netns === undefined ? '' : ` in '${place.netns}'`;
  return `step ${String(place.step)} (${what}${where})`;
}
