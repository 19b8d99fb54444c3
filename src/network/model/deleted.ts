import os from 'node:os';
import { NetlinkError } from '../../errors/errors';

/** A network was deleted, by whichever object or process: nothing can be asked of it any more. */
export class DeletedNetworkError extends NetlinkError {
  constructor(operation: string, network: string, detail = `the network '${network}' was deleted`) {
    super({ errno: os.constants.errno.ENOENT, operation, object: network, detail });
  }
}

/** The namespace that played the host of a network was deleted by this process, and most of the network with it. */
export class DeletedHostError extends DeletedNetworkError {
  constructor(operation: string, network: string) {
    super(operation, network, 'the namespace that played its host was deleted: delete the network as well');
  }
}

/** The result of work on a network, undefined if that was deleted. */
export async function ignoringDeleted<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DeletedNetworkError) return undefined;
    throw error;
  }
}
