import { endAs } from '../foreground';
import { failedToStart } from './failed';
import { openArgument } from './namespace';

interface ExecOptions {
  readonly user?: string;
  readonly group?: string;
  readonly mounts: boolean;
}

/** A number is an id, as for chown(1). */
function account(text: string | undefined): string | number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

export async function execCommand(
  namespace: string,
  words: readonly string[],
  options: ExecOptions,
): Promise<void> {
  const [command = '', ...args] = words[0] === '--' ? words.slice(1) : words;
  const [user, group] = [account(options.user), account(options.group)];
  const netns = await openArgument(namespace);
  const child = netns.spawn(command, args, {
    stdio: 'inherit',
    // Only what has a name has files of its own.
    etc: options.mounts && netns.name !== undefined,
    sys: options.mounts,
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
  });
  await endAs(child).catch(failedToStart);
}
