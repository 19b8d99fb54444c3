import { NetlinkError, ValidationError } from '../../src/errors/errors';

/** The NetlinkError that a promise rejects with; anything else fails the test. */
export async function netlinkError(promise: Promise<unknown>): Promise<NetlinkError> {
  return rejection(promise, NetlinkError);
}

/** The ValidationError that a promise rejects with; anything else fails the test. */
export async function validationError(promise: Promise<unknown>): Promise<ValidationError> {
  return rejection(promise, ValidationError);
}

/** The ValidationError that a function throws; anything else fails the test. */
export function refusal(work: () => unknown): ValidationError {
  try {
    work();
  } catch (error) {
    if (error instanceof ValidationError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

async function rejection<T extends Error>(
  promise: Promise<unknown>,
  type: abstract new (...args: never[]) => T,
): Promise<T> {
  const reason = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (reason instanceof type) return reason;
  throw new Error(`expected a ${type.name}, got ${String(reason)}`);
}
