import type { NetworkRules } from '../../../firewall/network/network-rules';
import type { NetworkNamespace } from '../../../netns/namespace';
import type { Intent } from '../../journal/intents';
import type { AttachedMember } from '../../model/attached-member';
import type { Device } from '../../model/devices';
import type { Layout } from '../../model/layout';
import type { NetworkState } from '../../model/network-state';
import type { NetworkRuntime } from '../../runtime/runtime';

/** A kind of thing that networks make. The first fields say which removals concern it: others do not call it. */
export interface Resource {
  /** 'whole': it goes with the network alone; 'part': with a part while the network stays; 'any': with both. */
  readonly of: 'whole' | 'part' | 'any';
  /** It goes only with such parts of a network. */
  readonly with?: 'members' | 'ports' | 'peers' | 'adopted';
  /**
   * True: all of this kind is in the host's namespace, and has gone with a host that was deleted. The removal of a whole
   * network then skips it.
   */
  readonly endsWithHost?: true;
  /**
   * True: things of this kind are never taken for those of a later network with the name, which has other namespaces.
   * Others are named alike in both: once there is a later network, they have gone with their own.
   */
  readonly isUnmistakable?: true;

  /**
   * The things that `remove` would remove, a line of gc()'s report for each; kinds too small to report have none. Changes
   * nothing. Foreign things in their place are added to the removal's `kept`.
   */
  find(removal: Removal): Promise<readonly string[]>;
  /**
   * Removes the things, and nothing foreign that took their place. Ignores those already removed: after any failure it
   * can be repeated.
   */
  remove(removal: Removal): Promise<void>;
  /**
   * The line for `kept` if an error says that whoever manages the things does not answer. gc() then leaves the network to
   * its next run.
   */
  outOfReach?(removal: Removal, error: unknown): string | undefined;
}

/** A network that is to be removed, or the part of it that is to go while the network stays. */
export interface Removal {
  readonly host: NetworkNamespace;
  /** Whether this process has deleted the namespace that played the host. */
  readonly isHostGone: boolean;
  /** The cookie of the network's host: not that of `host` for the files and names of a host that is gone. */
  readonly cookie: bigint;
  readonly name: string;
  /** Absent: the record is lost, and what belongs to the network is recognised by its tags and marks. */
  readonly layout?: Layout | undefined;
  readonly rules: NetworkRules;
  /** The names of this network, and of others that the same gc() removes, or would: they need no leases any more. */
  readonly leaving: ReadonlySet<string>;
  /** Whether the network itself goes. */
  readonly isWhole: boolean;
  /** All of the network, or the part that goes. */
  readonly state: NetworkState;
  /** Those of the members whose namespaces are open. */
  readonly attached: readonly AttachedMember[];
  /** Open namespaces of the network that are no member's, or whose member is not known. */
  readonly namespaces: readonly NetworkNamespace[];
  /** Devices with the network's tag that are not in the record. */
  readonly tagged: readonly Device[];
  /** The intents that name members: by their times a namespace is recognised whose cookie was never recorded. */
  readonly intents: readonly Intent[];
  /** The network's object in this process; absent in gc(). */
  readonly runtime?: NetworkRuntime;
  /** gc({ force }): what can be removed is, whatever stands in the way of the rest. */
  readonly isForced: boolean;
  /** Throws if a later network has the name by now: asked between reading what there is and removing it. */
  readonly confirm: () => void;
  /** Runs work under the journal's lock; at once where the caller holds it. */
  readonly locked: <T>(work: () => Promise<T>) => Promise<T>;
  /** Lines about things that stay. */
  readonly kept: string[];
  /** Filled by the removal of namespaces: those that are unchanged, and those that were given up but still exist. */
  readonly refused: Map<NetworkNamespace, unknown>;
  readonly held: Map<NetworkNamespace, unknown>;
  /** Errors about things that may be the network's, and stay. */
  readonly doubtful: unknown[];
}
