import os from 'node:os';
import { NetlinkError } from '../errors/errors';
import { descriptorsRemedy, maxNamespaces, namespacesRemedy, openFiles } from '../errors/limits';

const { EMFILE, ENOSPC } = os.constants.errno;
// The limits of a system on which namespaces are made at all are beyond this, and few need no question.
const FEW = 100;

/**
 * Refuses, before anything is made, more namespaces than this process can hold or the kernel allows. What others have
 * made already is not counted: that limit shows itself on the way, and what was made is taken back.
 */
export function checkRoom(count: number, operation: string, object?: string): void {
  if (count < FEW) return;
  const refuse = (errno: number, detail: string): never => {
    throw new NetlinkError({ errno, operation, object, detail: `${String(count)} are asked for: ${detail}` });
  };
  if (count > openFiles()) refuse(EMFILE, descriptorsRemedy());
  if (count > maxNamespaces()) refuse(ENOSPC, namespacesRemedy());
}
