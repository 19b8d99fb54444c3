import type { NamespaceRef } from '../../nsfs/open';
import type { Unknown } from './common/common';

/** Names a namespace that has an id here. */
export interface NsidRef {
  readonly netns?: NamespaceRef;
  /** A process in it. */
  readonly pid?: number;
  readonly nsid?: number;
  /** The namespace in which the id counts, by its id here. */
  readonly targetNsid?: number;
}

/** Gives a namespace an id here. The kernel takes no id back while the namespace lives. */
export interface NsidAdd extends NsidRef {
  /** -1: the kernel chooses. */
  readonly nsid: number;
}

export interface NsidInfo extends Unknown {
  /** -1: it has none. */
  readonly nsid: number;
  readonly currentNsid?: number;
}
