import type { NamespaceRef } from '../nsfs/open';
import type { Rtnl } from './rtnl';

// The kernel translates one namespace to its id at a time. A batch holds all of its namespaces open, so it is small
// compared with the limit of open files.
const BATCH = 128;

/** The ids of other namespaces in the socket's namespace, in order; undefined for those without an id or already gone. */
export async function namespaceIds(
  rtnl: Rtnl,
  places: readonly NamespaceRef[],
): Promise<(number | undefined)[]> {
  const ids: (number | undefined)[] = [];
  for (let start = 0; start < places.length; start += BATCH) {
    const answers = await rtnl.batch((batch) => {
      for (const netns of places.slice(start, start + BATCH)) batch.netns.get({ netns });
    });
    ids.push(
      ...answers.map((answer) => {
        const { nsid = -1 } = answer.ok ? (answer.reply as { nsid?: number }) : {};
        return nsid < 0 ? undefined : nsid;
      }),
    );
  }
  return ids;
}
