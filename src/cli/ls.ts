import { NetworkNamespace } from '../netns/namespace';
import { columns, printJson, printLines } from './output';

export async function listCommand({ json = false }: { json?: boolean }): Promise<void> {
  const found = await NetworkNamespace.list();
  if (json) printJson(found);
  else
    printLines(
      columns(found.map(({ name, nsid, path }) => [name, nsid === undefined ? '-' : `id ${nsid}`, path])),
    );
}
