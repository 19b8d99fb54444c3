import { ValidationError } from '../../../errors/errors';
import { openNetworks } from './open-networks';
import { chooseStateDirectory } from './paths';

/**
 * Sets the journal's directory: an absolute path, '/run/mine/netloom'. It applies to all later calls of this process,
 * or of this worker thread: `Network.create()`, `open()` and `list()`, and `gc()`. All processes that share persistent
 * networks must use the same. Undefined: as the environment says, which is the default; docs/architecture.md.
 *
 * Throws a ValidationError for another kind of path, and while a network is open, whose files would be sought in the
 * wrong place.
 */
export function setStateDirectory(directory: string | undefined): void {
  const [open] = openNetworks;
  if (open !== undefined) {
    const problem = `must be set before networks are created or opened: '${open.name}' is open`;
    throw new ValidationError({
      operation: 'setStateDirectory',
      path: 'directory',
      value: directory,
      problem,
    });
  }
  chooseStateDirectory(directory);
}
