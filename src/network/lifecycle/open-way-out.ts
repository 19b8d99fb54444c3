import type { NetworkRuntime } from '../runtime/runtime';
import { WayOut } from '../way-out/way-out';

/** Opens the way out of a network that was just made. Rejects where it cannot be opened. */
export async function withWayOut(runtime: NetworkRuntime): Promise<NetworkRuntime> {
  if (runtime.layout.parent !== undefined) return runtime;
  const wayOut = new WayOut(runtime);
  try {
    await wayOut.open();
    return { ...runtime, wayOut };
  } catch (error) {
    await wayOut.stop();
    throw error;
  }
}

/** The same of a network that was found: what cannot be opened now is tried again. */
export function withKeptWayOut(runtime: NetworkRuntime): Promise<NetworkRuntime> {
  if (runtime.layout.parent !== undefined) return Promise.resolve(runtime);
  const wayOut = new WayOut(runtime);
  return wayOut.keep().then(() => ({ ...runtime, wayOut }));
}
