import os from 'node:os';
import { types } from 'node:util';
import { NetlinkError, ValidationError } from '../../errors/errors';
import { binding } from '../../executor/run-program';
import type { NativeStep } from '../../native/program';
import type { ConfirmOptions } from '../spec/spec';

const TIMEOUT_MS = 30_000;
const LONGEST_MS = 86_400_000;
const { ECANCELED, ETIMEDOUT } = os.constants.errno;

const thrown = new WeakSet<Error>();

/** Whether the error was thrown by the caller's `confirm`. */
export function isAnswer(error: Error): boolean {
  return thrown.has(error);
}

/** One confirmation, from the end of the last step to the answer. */
export class Confirmation {
  readonly steps: readonly NativeStep[];
  readonly #ask: () => unknown;
  readonly #timeoutMs: number;
  #refusal: { readonly cause?: unknown } | undefined;

  private constructor(ask: () => unknown, timeoutMs: number) {
    this.#ask = ask;
    this.#timeoutMs = timeoutMs;
    this.steps = [{ op: 'confirm', timeoutMs }];
  }

  /** Undefined without `confirm`. Throws a ValidationError for invalid options. */
  static of({ confirm, timeoutMs }: ConfirmOptions = {}, operation: string): Confirmation | undefined {
    const refuse = (path: string, value: unknown, problem: string): never => {
      throw new ValidationError({ operation, path, value, problem });
    };
    if (confirm === undefined)
      return timeoutMs === undefined
        ? undefined
        : refuse('timeoutMs', timeoutMs, 'must not be set without confirm');
    if (typeof confirm !== 'function')
      refuse('confirm', confirm, 'must be a function that returns true or false');
    const time = timeoutMs ?? TIMEOUT_MS;
    if (!Number.isInteger(time) || time < 1 || time > LONGEST_MS)
      refuse('timeoutMs', timeoutMs, `must be a whole number of milliseconds, 1 to ${String(LONGEST_MS)}`);
    return new Confirmation(confirm, time);
  }

  /** The program waits: calls `confirm` and passes on the answer. A late answer is ignored. */
  readonly begin = (job: number): void => {
    void this.#answer(job);
  };

  /** Why the program was undone, unless for another reason. */
  errorOf(timedOut: boolean, notUndone: readonly string[]): Error | undefined {
    const place = { operation: 'plan.apply', object: 'confirmation', notUndone };
    if (timedOut) {
      const detail = `confirm did not answer within ${String(this.#timeoutMs)} ms, and the plan was undone`;
      return new NetlinkError({ ...place, errno: ETIMEDOUT, detail });
    }
    if (this.#refusal === undefined) return undefined;
    const { cause } = this.#refusal;
    if (types.isNativeError(cause) && notUndone.length === 0) return cause;
    return new NetlinkError({ ...place, errno: ECANCELED, detail: 'confirm did not return true', cause });
  }

  async #answer(job: number): Promise<void> {
    try {
      if ((await this.#ask()) === true) {
        binding.confirm(job);
        return;
      }
      this.#refusal = {};
    } catch (cause) {
      this.#refusal = { cause };
      if (types.isNativeError(cause)) thrown.add(cause);
    }
    binding.abort(job);
  }
}
