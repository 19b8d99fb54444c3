import { safeParse } from 'valibot';
import type { Layout } from '../model/layout';
import { readTrusted } from './files/files';
import { ABANDONED, claimShape } from './files/shapes';
import { filesOf, objectAtStart } from './files/stored';
import { isAlive, type Owner } from './liveness';

/**
 * What an intent still shows that cannot be used: one of another version, with an unknown action, with more text after
 * it, or with an owner or a mode that is not trusted. Its process may live and have the network open: then gc() keeps the
 * network. Nothing else is done by such a file.
 */
export interface UnusableIntent {
  readonly file: string;
  readonly owner: Owner;
  readonly host: string;
  readonly network: string;
  readonly id?: string | undefined;
  /** The id of the network. */
  readonly of?: string | undefined;
}

/** The unusable intents, on all hosts, whose processes are not certainly dead. */
export function livingUnusable(): UnusableIntent[] {
  return filesOf('intents').flatMap(({ file, stored }) =>
    'invalid' in stored ? (livingClaim(file) ?? []) : [],
  );
}

/** Whether an unusable intent may be about this network. */
export function mayBeAbout(intent: UnusableIntent, { id, name }: Pick<Layout, 'id' | 'name'>): boolean {
  if (intent.of !== undefined) return intent.of === id;
  return intent.id === id || intent.network === name;
}

// Whoever owns the file, and whoever can write it: the process that it names is asked.
function livingClaim(file: string): UnusableIntent | undefined {
  // Its process has given it up.
  if (file.endsWith(ABANDONED)) return undefined;
  const found = readTrusted(file, () => undefined);
  if (found === undefined || !('text' in found)) return undefined;
  const { success, output } = safeParse(claimShape, objectAtStart(found.text));
  if (!success) return undefined;
  const intent = { ...output, file } as UnusableIntent;
  return isAlive(intent.owner) ? intent : undefined;
}
