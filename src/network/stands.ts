import { NetlinkError, ValidationError } from '../errors';
import { isGone } from '../gone';
import { DeletedNetworkError } from './deleted';
import { locked } from './journal';
import { isDeleted } from './own-record';
import { EUCLEAN } from './aside';
import { recordPath } from './records';
import type { Standing } from './setup';
import { checkWhole } from './whole';

/**
 * Runs work on a network while it stands. If that is refused because the network was deleted meanwhile, or its bridge was, it is
 * told so.
 */
export async function whileStanding<T>(
  standing: Standing,
  operation: string,
  work: () => Promise<T>,
): Promise<T> {
  await checkStands(standing, operation);
  try {
    return await work();
  } catch (error) {
    // An endpoint that has left with the network is refused as an argument.
    if (error instanceof ValidationError) await checkStands(standing, operation);
    // What is left of the work is of more interest.
    if (error instanceof NetlinkError && error.notUndone === undefined) {
      await checkStands(standing, operation);
      // EINVAL is about a port whose bridge's index nobody has any more.
      if (isGone(error) || error.code === 'EINVAL') await checkWhole(standing, operation);
    }
    throw error;
  }
}

/**
 * Rejects for a network that has no record any more, or that somebody deletes: with the NetlinkError ENOENT of a deleted network
 * or, where the record alone is lost, EUCLEAN.
 */
export async function checkStands(standing: Standing, operation: string): Promise<void> {
  const { layout, host, ledger } = standing;
  if (ledger.undeleted() !== undefined) return;
  if (await locked(() => isDeleted(standing))) throw new DeletedNetworkError(operation, layout.name);
  const file = recordPath(String(host.cookie), layout.name);
  const detail = `its record ${file} was removed by somebody else: delete the network, and make it anew`;
  throw new NetlinkError({ errno: EUCLEAN, operation, object: layout.name, detail });
}
