import { NetlinkError } from '../errors/errors';
import { binding } from '../executor/run-program';
import { describe, handleOf, type OpenNamespace } from './handle';

/**
 * Calls `body` with the calling thread inside the namespace, and brings it back. Nothing in `body` may await. Throws a
 * ClosedError for a closed namespace, NetlinkError EPERM without the right to enter it, and what `body` throws.
 */
export function within<T>(netns: OpenNamespace, operation: string, body: () => T): T {
  const handle = handleOf(netns);
  return systemCall(operation, describe(netns), () => binding.within(handle, body));
}

/** Turns a failed system call of the addon, which has plain fields for its error, into a NetlinkError. */
export function systemCall<T>(operation: string, object: string | undefined, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const { errno, call } = error as { errno?: unknown; call?: unknown };
    if (typeof errno !== 'number' || typeof call !== 'string') throw error;
    throw new NetlinkError({ errno, syscall: call, operation, object });
  }
}
