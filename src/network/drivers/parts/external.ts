import type { Layout } from '../../model/layout';
import type { Member } from '../../model/member';

/**
 * Objects of a network outside of the kernel, such as those in a database. They can outlive a boot, and their server may
 * be out of reach. The methods that find or remove return a line for each object.
 */
export interface External {
  /** 'openvswitch bridge nl-web' and 'openvswitch ports of nl-web': how reports name them. */
  name(layout: Layout): string;
  portsName(layout: Layout): string;
  find(layout: Layout): Promise<string[]>;
  remove(layout: Layout): Promise<void>;
  /** Removes what a network of this name has left from before the machine's last boot. */
  removeStale(layout: Layout): Promise<void>;
  findPorts(layout: Layout, members: readonly Member[]): Promise<string[]>;
  removePorts(layout: Layout, members: readonly Member[]): Promise<string[]>;
  /** Whether an error says that their server cannot be reached. */
  isUnreachable(error: unknown): error is Error;
}
