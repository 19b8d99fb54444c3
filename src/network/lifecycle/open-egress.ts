import { driverOf } from '../drivers';
import type { NetworkRuntime } from '../runtime/runtime';
import { EgressForwarding } from '../egress/egress-forwarding';

/** Opens the egress of a new network. Rejects where that fails. */
export async function withEgress(runtime: NetworkRuntime): Promise<NetworkRuntime> {
  if (!driverOf(runtime.layout).hasRules) return runtime;
  const egress = new EgressForwarding(runtime);
  try {
    await egress.open();
    return { ...runtime, egress };
  } catch (error) {
    await egress.stop();
    throw error;
  }
}

/** The same for a network that was opened: a failure is retried later. */
export function withSharedEgress(runtime: NetworkRuntime): Promise<NetworkRuntime> {
  if (!driverOf(runtime.layout).hasRules) return Promise.resolve(runtime);
  const egress = new EgressForwarding(runtime);
  return egress.keep().then(() => ({ ...runtime, egress }));
}
