import { memoizeByObject } from '../../base/memoize';
import type { OpenNamespace } from '../../nsfs/handle';
import { Firewall } from './firewall';

/** The single Firewall of a namespace. */
export const firewallOf = memoizeByObject((netns: OpenNamespace) => new Firewall(netns));
