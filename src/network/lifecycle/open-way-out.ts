import { driverOf } from '../drivers';
import type { NetworkRuntime } from '../runtime/runtime';
import { WayOut } from '../way-out/way-out';

/** Opens the way out of a new network. Rejects where that fails. */
export async function withWayOut(runtime: NetworkRuntime): Promise<NetworkRuntime> {
  if (!driverOf(runtime.layout).hasRules) return runtime;
  const wayOut = new WayOut(runtime);
  try {
    await wayOut.open();
    return { ...runtime, wayOut };
  } catch (error) {
    await wayOut.stop();
    throw error;
  }
}

/** The same for a network that was opened: a failure is retried later. */
export function withKeptWayOut(runtime: NetworkRuntime): Promise<NetworkRuntime> {
  if (!driverOf(runtime.layout).hasRules) return Promise.resolve(runtime);
  const wayOut = new WayOut(runtime);
  return wayOut.keep().then(() => ({ ...runtime, wayOut }));
}
