import { withResolver } from '../dns/resolver';
import { locked, clearIntent } from '../journal/intents';
import { undeleted } from '../journal/undeleted';
import { DeletedNetworkError } from '../model/deleted';
import { lifetimeOf } from '../model/lifetime';
import type { NetworkNamespace } from '../../netns/namespace';
import type { NetworkRuntime } from '../runtime/runtime';
import type { ResolvedSpec } from '../spec/resolved-spec';
import { withEgress } from './open-egress';
import { createForProcess } from './create-for-process';
import { createPersistent } from './create-persistent';
import { removeCreated } from './undo-creation';

/**
 * Creates a network: its plan, then its egress and its resolver. A failure after the plan removes the network again.
 * `isDnsAsked`: the caller asked for a resolver, so that create fails without one.
 */
export async function createNetwork(
  host: NetworkNamespace,
  spec: ResolvedSpec,
  isDnsAsked: boolean,
): Promise<NetworkRuntime> {
  const create = lifetimeOf(spec).hasRecord ? createPersistent : createForProcess;
  let runtime = await create(host, spec);
  try {
    runtime = await withEgress(runtime);
    runtime = await withResolver(runtime, isDnsAsked);
    await finish(runtime);
    return runtime;
  } catch (error) {
    await removeCreated(runtime);
    throw error;
  }
}

/** From here on others may open a persistent network. Rejects if gc({ force }) has removed it meanwhile. */
async function finish({ host, layout, making }: NetworkRuntime): Promise<void> {
  if (making === undefined) return;
  await locked(() => {
    if (undeleted(host, layout) === undefined) throw new DeletedNetworkError('network.create', layout.name);
    clearIntent(making);
    return Promise.resolve();
  });
}
