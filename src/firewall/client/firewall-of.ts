import { rememberingOf } from '../../base/memoize';
import type { OpenNamespace } from '../../nsfs/handle';
import { Firewall } from './firewall';

/** The single Firewall of a namespace. */
export const firewallOf = rememberingOf((netns: OpenNamespace) => new Firewall(netns));
