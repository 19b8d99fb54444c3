import { EUCLEAN } from '../journal/files/aside';
import { NetlinkError, ValidationError } from '../../errors/errors';
import { isGone } from '../../errors/not-found';
import { DeletedNetworkError } from '../model/deleted';
import { locked } from '../journal/intents';
import { isDeleted } from './own-record';
import { recordPath } from '../journal/records';
import type { NetworkRuntime } from './runtime';
import { checkWhole } from './whole';

/**
 * Runs work on a network while it stands. If that is refused because the network was deleted meanwhile, or its bridge was, it is
 * told so.
 */
export async function whileStanding<T>(
  runtime: NetworkRuntime,
  operation: string,
  work: () => Promise<T>,
): Promise<T> {
  await checkStands(runtime, operation);
  try {
    return await work();
  } catch (error) {
    // An endpoint that has left with the network is refused as an argument.
    if (error instanceof ValidationError) await checkStands(runtime, operation);
    // What is left of the work is of more interest.
    if (error instanceof NetlinkError && error.notUndone === undefined) {
      await checkStands(runtime, operation);
      // EINVAL is about a port whose bridge's index nobody has any more.
      if (isGone(error) || error.code === 'EINVAL') await checkWhole(runtime, operation);
    }
    throw error;
  }
}

/**
 * Rejects for a network that has no record any more, or that somebody deletes: with the NetlinkError ENOENT of a deleted network
 * or, where the record alone is lost, EUCLEAN.
 */
export async function checkStands(runtime: NetworkRuntime, operation: string): Promise<void> {
  const { layout, host, ledger } = runtime;
  if (ledger.undeleted() !== undefined) return;
  if (await locked(() => isDeleted(runtime))) throw new DeletedNetworkError(operation, layout.name);
  const file = recordPath(String(host.cookie), layout.name);
  const detail = `its record ${file} was removed by somebody else: delete the network, and make it anew`;
  throw new NetlinkError({ errno: EUCLEAN, operation, object: layout.name, detail });
}
