import { NetlinkError } from '../errors/errors';
import { binding } from '../executor/run-program';
import { within } from '../nsfs/within';
import type { InetSocket } from '../native/contract';
import { socketError, type SocketPlace } from './errors';
import type { OpenNamespace } from '../nsfs/handle';

/**
 * Opens a socket inside; the caller must close its descriptor. Throws the error that Node.js would for `syscall` on
 * `place`, a ClosedError for a closed namespace, and NetlinkError EPERM without permission to enter it.
 */
export function openSocket(
  netns: OpenNamespace,
  syscall: 'bind' | 'connect' | 'listen',
  wanted: InetSocket,
  place: SocketPlace,
): number {
  try {
    return within(netns, `netns.${syscall}`, () => binding.inetSocket(wanted));
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.syscall === 'setns') throw error;
    throw socketError(error.errno, syscall, place, netns);
  }
}
