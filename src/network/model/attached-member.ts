import type { NetworkNamespace } from '../../netns/namespace';
import type { Member } from './member';

/** A member and the namespace that it stands for. */
export interface Attached {
  readonly member: Member;
  readonly netns: NetworkNamespace;
  /** The network made or opened `netns`, and closes it. */
  readonly ours: boolean;
}
