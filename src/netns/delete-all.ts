import { fdOf } from '../nsfs/handle';
import type { KillOptions } from '../nsfs/process/kill-all';
import type { NetworkNamespace } from './namespace';

/** Namespaces that could not be deleted, each with the reason. */
type Reasons = ReadonlyMap<NetworkNamespace, unknown>;

/** Namespaces that were given up but still exist, each with the reason, such as a holder. */
export type Held = Reasons;

/** The outcome of deleting namespaces. */
export interface Deletions {
  /** Namespaces that are unchanged, and why. */
  readonly refused: Reasons;
  readonly held: Held;
}

/** Deletes namespaces, and retries refused ones once. */
export async function deleteAll(namespaces: readonly NetworkNamespace[]): Promise<Deletions> {
  const failures = new Map<NetworkNamespace, unknown>();
  const deleteThose = async (those: readonly NetworkNamespace[]): Promise<void> => {
    const deletions = await Promise.allSettled(those.map((netns) => netns.delete()));
    those.forEach((netns, index) => {
      const deletion = deletions[index];
      if (deletion?.status === 'rejected') failures.set(netns, deletion.reason);
      else failures.delete(netns);
    });
  };
  const isRefused = (netns: NetworkNamespace): boolean => fdOf(netns) >= 0;
  await deleteThose(namespaces);
  const again = [...failures.keys()].filter(isRefused);
  if (again.length > 0) await deleteThose(again);
  const refused = new Map([...failures].filter(([netns]) => isRefused(netns)));
  const held = new Map([...failures].filter(([netns]) => !refused.has(netns)));
  return { refused, held };
}

/** Retries namespaces that were held. Returns those that still are. */
export async function deleteHeld(held: Held, options: KillOptions): Promise<Held> {
  const left = new Map<NetworkNamespace, unknown>();
  const deletions = [...held.keys()].map((netns) =>
    netns.delete(options).catch((reason: unknown) => left.set(netns, reason)),
  );
  await Promise.all(deletions);
  return left;
}
