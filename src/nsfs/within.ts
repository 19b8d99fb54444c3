import { NetlinkError } from '../errors/errors';
import { binding } from '../executor/run-program';
import { describe, handleOf, type OpenNamespace } from './handle';

/**
 * Calls `body` with the calling thread inside the namespace, then returns the thread. `body` must not await. Throws a
 * ClosedError for a closed namespace, NetlinkError EPERM without permission to enter it, and any error of `body`.
 */
export function within<T>(netns: OpenNamespace, operation: string, body: () => T): T {
  const handle = handleOf(netns);
  return systemCall(operation, describe(netns), () => binding.within(handle, body));
}

/** Converts a failed system call of the addon, an error with plain fields, into a NetlinkError. */
export function systemCall<T>(operation: string, object: string | undefined, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const { errno, call } = error as { errno?: unknown; call?: unknown };
    if (typeof errno !== 'number' || typeof call !== 'string') throw error;
    throw new NetlinkError({ errno, syscall: call, operation, object });
  }
}
