import { hostId } from '../host/identity';
import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import { claim, releaseClaim } from '../journal/claims';
import { checkReadable } from '../journal/files/aside';
import { readIntents, isAbout, isMaking, locked, writeIntent } from '../journal/intents';
import { readRecord } from '../journal/records';
import type { Layout } from '../model/layout';
import type { NetworkRuntime } from '../runtime/runtime';
import { bridgeIndex, persistentRuntime } from './persistent-runtime';
import { isAbandonedCreation } from './undo-creation';

/**
 * Opens an existing persistent network, and holds it: gc() leaves it while this process lives. Without its bridge it
 * can only be deleted, or repaired.
 */
export async function openPersistent(host: NetworkNamespace, name: string): Promise<NetworkRuntime> {
  checkReadable();
  const cookie = String(host.cookie);
  const find = (): Layout | undefined => {
    const layout = readRecord(cookie, name)?.layout;
    const isUnmade = readIntents(cookie).some(
      (intent) => isAbout(intent, layout) && (isAbandonedCreation(intent) || isMaking(intent)),
    );
    return isUnmade ? undefined : layout;
  };
  if (find() === undefined) throw notThere(name);
  const { layout, index, hold } = await locked(async () => {
    const found = find();
    if (found === undefined) throw notThere(name);
    // Read under the lock: later another network may have a device of that name.
    const device = await bridgeIndex(host, found);
    const intent = claim(writeIntent({ ...hostId(host), network: name, action: 'hold' }));
    return { layout: found, index: device, hold: intent };
  });
  try {
    const runtime = persistentRuntime(host, layout, index);
    // Rules lost while nobody watched are restored before any other operation.
    await runtime.guard?.restore();
    return { ...runtime, hold };
  } catch (error) {
    releaseClaim(hold);
    throw error;
  }
}

function notThere(name: string): NetlinkError {
  return new NetlinkError({
    errno: os.constants.errno.ENOENT,
    operation: 'network.open',
    object: name,
    detail:
      "no persistent network of this name is on this host; a network with the lifetime 'process' cannot be opened",
  });
}
