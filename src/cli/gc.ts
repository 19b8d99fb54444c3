import { gc } from '../network/gc';
import { printJson, printLines } from './output';

export async function gcCommand({
  json = false,
  dryRun = false,
}: {
  json?: boolean;
  dryRun?: boolean;
}): Promise<void> {
  const { removed, kept } = await gc({ dryRun });
  if (json) {
    printJson({ removed, kept });
    return;
  }
  const verb = dryRun ? 'would remove' : 'removed';
  printLines([
    ...removed.map((what) => `${verb} ${what}`),
    ...kept.map((what) => `kept ${what}: not what the dead process made`),
  ]);
}
