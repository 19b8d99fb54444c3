import type { OpenNamespace } from '../nsfs/handle';
import { Rtnl } from './rtnl';

/** The Rtnl of each namespace that has one. */
const known = new WeakMap<OpenNamespace, Rtnl>();

/** The namespace's single Rtnl, shared by this library. Its socket is opened by the first request. */
export function rtnlOf(netns: OpenNamespace): Rtnl {
  let rtnl = known.get(netns);
  if (rtnl === undefined) known.set(netns, (rtnl = Rtnl.lazy(netns)));
  return rtnl;
}

/** Closes the namespace's Rtnl, if any, after the requests in progress. */
export async function closeRtnlOf(netns: OpenNamespace): Promise<void> {
  await known.get(netns)?.close();
}

/** Makes the next {@link rtnlOf} create a new one: a closed Rtnl cannot be reopened. */
export function forgetRtnlOf(netns: OpenNamespace): void {
  known.delete(netns);
}
