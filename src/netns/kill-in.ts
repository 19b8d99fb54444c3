import { fdOf } from '../nsfs/handle';
import { endInhabitants } from '../nsfs/process/kill-all';
import type { NetworkNamespace } from './namespace';

/** Ends the processes in a namespace before its deletion. A closed namespace that is still held is deleted right away. */
export async function killIn(netns: NetworkNamespace): Promise<void> {
  await (fdOf(netns) >= 0 ? endInhabitants(netns) : netns.delete({ kill: true }));
}
