import type { OpenNamespace } from '../nsfs/handle';
import { Rtnl } from './rtnl';

/** The socket of each namespace that was asked for one. */
const known = new WeakMap<OpenNamespace, Rtnl>();

/** The one Rtnl of a namespace that all of this library shares. Its socket is opened by the first request. */
export function rtnlOf(netns: OpenNamespace): Rtnl {
  let rtnl = known.get(netns);
  if (rtnl === undefined) known.set(netns, (rtnl = Rtnl.lazy(netns)));
  return rtnl;
}

/** Closes that Rtnl, if there is one, after the requests under way. */
export async function closeRtnlOf(netns: OpenNamespace): Promise<void> {
  await known.get(netns)?.close();
}

/** Has the next {@link rtnlOf} make another one: a closed Rtnl does not open again. */
export function forgetRtnlOf(netns: OpenNamespace): void {
  known.delete(netns);
}
