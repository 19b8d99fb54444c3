import {
  filesFor,
  hasFiles,
  markedFiles,
  removeMarkedFiles,
  removeResolverFiles,
  unreadableFiles,
} from '../../dns/resolver-files';
import type { Removal, Resource } from '../definition/resource';

/** The files that point members' namespaces to the network's resolver. */
export const resolverFiles: Resource = {
  of: 'any',

  find(removal) {
    const files = isConcerned(removal) ? found(removal) : [];
    return Promise.resolve(files.map((file) => `file ${file}`));
  },

  async remove(removal) {
    const { name, state, locked, doubtful } = removal;
    if (!isConcerned(removal)) return;
    await locked(() => {
      doubtful.push(...unreadableFiles(state.members));
      if (byMark(removal)) removeMarkedFiles(removal, name);
      else removeResolverFiles(removal, name, state.members);
      return Promise.resolve();
    });
  },
};

function found(removal: Removal): string[] {
  const { name, state } = removal;
  return byMark(removal) ? markedFiles(removal, name) : filesFor(removal, name, state.members);
}

// The whole of a network without a record: its members are unknown.
function byMark({ layout, isWhole }: Removal): boolean {
  return isWhole && layout === undefined;
}

function isConcerned(removal: Removal): boolean {
  const { layout, state } = removal;
  return layout === undefined
    ? byMark(removal) || state.members.length > 0
    : hasFiles(layout) && state.members.length > 0;
}
