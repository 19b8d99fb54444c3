import type { NamespaceRef } from '../nsfs/open';
import type { Rtnl } from './rtnl';

// The kernel translates one namespace to its id at a time. A batch opens all that it asks about, so that batches are
// small beside the limit of open files.
const BATCH = 128;

/** The ids by which a socket's namespace knows others, in order; undefined for those that it has no id for, or are gone. */
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
