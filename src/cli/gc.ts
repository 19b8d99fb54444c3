import { gc } from '../network/gc';
import { printJson, printLines } from './output';

export async function gcCommand({
  json = false,
  dryRun = false,
  force,
}: {
  json?: boolean;
  dryRun?: boolean;
  force?: string;
}): Promise<void> {
  const { removed, kept } = await gc({ dryRun, ...(force !== undefined && { force }) });
  if (json) {
    printJson({ removed, kept });
    return;
  }
  const verb = dryRun ? 'would remove' : 'removed';
  printLines([
    ...removed.map((what) => `${verb} ${what}`),
    ...kept.map((what) => `kept ${what.includes(': ') ? what : `${what}: not what the dead process made`}`),
  ]);
}
