import { binding } from '../executor/run-program';
import { deleteNamespace, reopen } from '../nsfs/delete';
import { endDependents } from '../nsfs/dependents';
import { fdOf, takeHandle, type OpenNamespace } from '../nsfs/handle';
import { endInhabitants } from '../nsfs/process/kill-all';
import { closeRtnlOf, forgetRtnlOf } from '../rtnl/rtnl-of';
import { forgetDevices, giveBackDevices } from './devices';

/** Deletes a namespace, after everything of this library that holds it, and with `kill` after what lives inside. */
export async function endNamespace(netns: OpenNamespace, kill: boolean): Promise<void> {
  try {
    await reopen(netns);
    if (kill && fdOf(netns) >= 0) await endInhabitants(netns);
    await giveBackDevices(netns);
    // A socket born inside holds the namespace.
    endDependents(netns);
    await closeRtnlOf(netns);
    await deleteNamespace(netns);
  } catch (error) {
    // A namespace that was not given up is as open as before.
    if (fdOf(netns) >= 0) {
      // Closed as well, or the next attempt would find its socket inside.
      await closeRtnlOf(netns);
      forgetRtnlOf(netns);
    }
    throw error;
  }
}

/** Closes a namespace and its rtnetlink socket. Devices that were taken stay inside. */
export async function closeNamespace(netns: OpenNamespace): Promise<void> {
  const handle = takeHandle(netns);
  if (handle === undefined) return;
  await forgetDevices(netns);
  await closeRtnlOf(netns);
  // Whoever asks now is told that the namespace is closed; a network's own one may be opened again.
  forgetRtnlOf(netns);
  binding.close(handle);
}
