import os from 'node:os';
import { NetlinkError } from '../../errors/errors';

/** The network was deleted, by any object or process: no further operation is possible. */
export class DeletedNetworkError extends NetlinkError {
  constructor(operation: string, network: string, detail = `the network '${network}' was deleted`) {
    super({ errno: os.constants.errno.ENOENT, operation, object: network, detail });
  }
}

/** This process deleted the namespace that played a network's host, and most of the network with it. */
export class DeletedHostError extends DeletedNetworkError {
  constructor(operation: string, network: string) {
    super(operation, network, 'the namespace of its host was deleted: delete the network as well');
  }
}

/** The result of work on a network, undefined if the network was deleted. */
export async function ignoringDeleted<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DeletedNetworkError) return undefined;
    throw error;
  }
}
