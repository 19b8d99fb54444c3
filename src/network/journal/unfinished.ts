import type { Layout } from '../model/layout';
import { type Intent, isDead } from './intents';
import { underWay } from './under-way';

/** The changes of a network that killed processes left unfinished: their parts count until gc() takes them back. */
export function unfinished(host: string, { id }: Pick<Layout, 'id'>): Intent[] {
  return id === undefined ? [] : underWay(host, id).filter(isDead);
}

/**
 * Text for a refusal because of such changes; undefined where none is concerned. No other remedy takes back what the
 * caller cannot see.
 */
export function unfinishedDetail(changes: readonly Intent[]): string | undefined {
  if (changes.length === 0) return undefined;
  const actions = [...new Set(changes.map(({ action }) => action))].join(', ');
  return `a process that was killed left this unfinished (${actions}): call gc(), then repeat the call`;
}
