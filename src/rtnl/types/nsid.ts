import type { NamespaceRef } from '../../nsfs/open';
import type { Unknown } from './common/common';

/** Names a namespace that has an id in this one. */
export interface NsidRef {
  readonly netns?: NamespaceRef;
  /** A process inside. */
  readonly pid?: number;
  readonly nsid?: number;
  /** The namespace to which the id belongs, by its own id in this one. */
  readonly targetNsid?: number;
}

/** Assigns an id to a namespace. The kernel keeps the id as long as the namespace exists. */
export interface NsidAdd extends NsidRef {
  /** -1: the kernel chooses. */
  readonly nsid: number;
}

export interface NsidInfo extends Unknown {
  /** -1: none. */
  readonly nsid: number;
  readonly currentNsid?: number;
}
