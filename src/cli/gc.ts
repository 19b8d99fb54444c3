import { gc } from '../network/gc/gc';
import { stateDirectory } from '../network/journal/files/paths';
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
  if (force !== undefined && removed.length + kept.length === 0) reportUnknown(force);
  if (json) {
    printJson({ removed, kept });
    return;
  }
  const verb = dryRun ? 'would remove' : 'removed';
  printLines([
    ...removed.map((what) => `${verb} ${what}`),
    ...kept.map((what) => `kept ${what.includes(': ') ? what : `${what}: not created by the dead process`}`),
  ]);
}

function reportUnknown(network: string): void {
  const told = `no network '${network}' exists on this host or in ${stateDirectory()}`;
  process.stderr.write(`netloom: gc: ${told}: nothing was removed\n`);
  process.exitCode = 1;
}
