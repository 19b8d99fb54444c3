import type { Layout } from './layout';

/** Facts that follow from a network's lifetime. */
interface LifetimeFacts {
  /**
   * Whether the network has a record in the journal, by which other processes open, change and delete it. Without one it
   * is this object's alone.
   */
  readonly hasRecord: boolean;
  /** Whether its tables and leases belong to this process, and end with it. */
  readonly isOwned: boolean;
  /** Whether the namespaces that it makes have names in the file system, and files with them. */
  readonly hasFiles: boolean;
}

const FACTS: Record<Layout['lifetime'], LifetimeFacts> = {
  process: { hasRecord: false, isOwned: true, hasFiles: false },
  persistent: { hasRecord: true, isOwned: false, hasFiles: true },
};

/** What follows from a network's lifetime. */
export function lifetimeOf({ lifetime }: Pick<Layout, 'lifetime'>): LifetimeFacts {
  return FACTS[lifetime];
}
