import { fdOf } from '../nsfs/handle';
import { endInhabitants } from '../nsfs/process/kill-all';
import type { NetworkNamespace } from './namespace';

/** Ends what lives in a namespace that is about to be deleted. A closed one that is still held is deleted at once. */
export async function killIn(netns: NetworkNamespace): Promise<void> {
  await (fdOf(netns) >= 0 ? endInhabitants(netns) : netns.delete({ kill: true }));
}
