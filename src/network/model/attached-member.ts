import type { NetworkNamespace } from '../../netns/namespace';
import type { Member } from './member';

/** A member with its namespace. */
export interface AttachedMember {
  readonly member: Member;
  readonly netns: NetworkNamespace;
  /** The network created or opened `netns`, and closes it. */
  readonly ours: boolean;
}
