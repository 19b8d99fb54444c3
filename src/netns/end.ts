import { binding } from '../executor/run-program';
import { deleteNamespace, reopen } from '../nsfs/delete';
import { endDependents } from '../nsfs/dependents';
import { describe, fdOf, takeHandle, type OpenNamespace } from '../nsfs/handle';
import { endInhabitants, refuseHome } from '../nsfs/process/kill-all';
import { closeRtnlOf, forgetRtnlOf } from '../rtnl/rtnl-of';
import { forgetDevices, giveBackDevices, hasTaken } from './devices';

/** Deletes a namespace, after closing this library's objects that hold it and, with `kill`, ending the processes inside. */
export async function endNamespace(netns: OpenNamespace, kill: boolean): Promise<void> {
  try {
    await reopen(netns);
    if (fdOf(netns) >= 0) {
      if (kill) await endInhabitants(netns);
      else refuseHome(netns);
    }
    await giveBackDevices(netns);
    // An open socket holds the namespace.
    endDependents(netns);
    await closeRtnlOf(netns);
    await deleteNamespace(netns);
  } catch (error) {
    // If the deletion failed, the namespace is open as before.
    if (fdOf(netns) >= 0) {
      // Closed as well: the next attempt would find this socket inside.
      await closeRtnlOf(netns);
      forgetRtnlOf(netns);
    }
    throw error;
  }
}

/**
 * Closes a namespace that somebody else is deleting, at once unless devices were taken: these are moved back first, or
 * would end with it. If that is refused the namespace stays open, and with it the device.
 */
export async function leaveNamespace(netns: OpenNamespace): Promise<void> {
  try {
    if (hasTaken(netns)) await giveBackDevices(netns);
  } catch (error) {
    const { message } = error as Error;
    process.emitWarning(
      `${describe(netns)} is being deleted, but cannot give back a device that was taken: ${message}`,
      'NetloomWarning',
    );
    return;
  }
  await closeNamespace(netns);
}

/** Closes a namespace and its rtnetlink socket. Taken devices stay inside. */
export async function closeNamespace(netns: OpenNamespace): Promise<void> {
  const handle = takeHandle(netns);
  if (handle === undefined) return;
  await forgetDevices(netns);
  await closeRtnlOf(netns);
  // The next request reports that the namespace is closed, or opens a new socket if the namespace was opened again.
  forgetRtnlOf(netns);
  binding.close(handle);
}
