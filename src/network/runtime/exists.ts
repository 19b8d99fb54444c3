import { EUCLEAN } from '../journal/files/aside';
import { NetlinkError, ValidationError } from '../../errors/errors';
import { isNotFound } from '../../errors/not-found';
import { DeletedNetworkError } from '../model/deleted';
import { locked } from '../journal/intents';
import { isDeleted } from './remains';
import { recordPath } from '../journal/records';
import type { NetworkRuntime } from './runtime';
import { checkDevice } from './device';

/**
 * Runs an operation on a network while it exists. A refusal because the network or its bridge was deleted meanwhile is
 * reported as such.
 */
export async function whileExisting<T>(
  runtime: NetworkRuntime,
  operation: string,
  work: () => Promise<T>,
): Promise<T> {
  await checkExists(runtime, operation);
  try {
    return await work();
  } catch (error) {
    // An endpoint that left with the network is refused as an argument.
    if (error instanceof ValidationError) await checkExists(runtime, operation);
    // An error about steps that were not undone is more important.
    if (error instanceof NetlinkError && error.notUndone === undefined) {
      await checkExists(runtime, operation);
      // EINVAL is about a port with a bridge's index that no longer exists.
      if (isNotFound(error) || error.code === 'EINVAL') await checkDevice(runtime, operation);
    }
    throw error;
  }
}

/**
 * Rejects if the network has no record any more, or if it is being deleted: with the NetlinkError ENOENT of a deleted
 * network or, where only the record is lost, EUCLEAN.
 */
export async function checkExists(runtime: NetworkRuntime, operation: string): Promise<void> {
  const { layout, host, ledger } = runtime;
  if (ledger.undeleted() !== undefined) return;
  if (await locked(() => isDeleted(runtime))) throw new DeletedNetworkError(operation, layout.name);
  const file = recordPath(String(host.cookie), layout.name);
  const detail = `its record ${file} was removed by another program: delete the network and create it again`;
  throw new NetlinkError({ errno: EUCLEAN, operation, object: layout.name, detail });
}
