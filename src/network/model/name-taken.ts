import os from 'node:os';
import { NetlinkError } from '../../errors/errors';

/** The error for a create whose name a network of the host has, even one created a moment ago. */
export function nameTaken(network: string, cause?: unknown): NetlinkError {
  return new NetlinkError({
    errno: os.constants.errno.EEXIST,
    operation: 'network.create',
    object: network,
    detail:
      'a network of this name is on this host: open it, delete it, remove it by gc({ force }), or choose another name',
    cause,
  });
}
