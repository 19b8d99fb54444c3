import os from 'node:os';
import { NetlinkError } from '../errors/errors';
import { descriptorsRemedy, maxNamespaces, namespacesRemedy, openFiles } from '../errors/limits';

const { EMFILE, ENOSPC } = os.constants.errno;
// Limits are higher than this wherever namespaces can be created at all, so smaller numbers need no check.
const FEW = 100;

/**
 * Rejects, before anything is created, more namespaces than this process can hold or the kernel allows. Existing
 * namespaces are not counted: reaching the limit because of them is a later error, which undoes everything.
 */
export function checkNamespaceLimits(count: number, operation: string, object?: string): void {
  if (count < FEW) return;
  const refuse = (errno: number, detail: string): never => {
    throw new NetlinkError({
      errno,
      operation,
      object,
      detail: `${String(count)} namespaces requested: ${detail}`,
    });
  };
  if (count > openFiles()) refuse(EMFILE, descriptorsRemedy());
  if (count > maxNamespaces()) refuse(ENOSPC, namespacesRemedy());
}
