import { portTarget, type PublishedPort } from '../network/published-port';
import { chainPrefix, portOfRule, removeChains, restoreText } from './rules';

/** What iptables-save says of one table. */
export interface SavedTable {
  readonly table: string;
  readonly lines: readonly string[];
}

/** The lines of iptables-save by table, without its remarks. */
export function parseSaved(text: string): SavedTable[] {
  return text
    .split(/^\*/m)
    .slice(1)
    .map((part) => {
      const [table = '', ...lines] = part.split('\n');
      return { table, lines: lines.filter((line) => line.startsWith(':') || line.startsWith('-A ')) };
    });
}

/** Whether a network has chains there. */
export function isSaved(saved: readonly SavedTable[], network: string): boolean {
  const start = `:${chainPrefix(network)}`;
  return saved.some(({ lines }) => lines.some((line) => line.startsWith(start)));
}

/**
 * The input for iptables-restore that removes a network's chains, and all jumps to them: of what there is, however much
 * others have left of it. Empty if there is nothing.
 */
export function removalOf(saved: readonly SavedTable[], network: string): string {
  const prefix = chainPrefix(network);
  return saved
    .map(({ table, lines }) => {
      const jumps = lines.filter((line) => line.startsWith('-A ') && line.includes(` -j ${prefix}`));
      const chains = lines.flatMap((line) =>
        line.startsWith(`:${prefix}`) ? [line.slice(1).split(' ', 1)[0] ?? ''] : [],
      );
      const removal = [...jumps.map((line) => line.replace('-A ', '-D ')), ...removeChains(chains)];
      return removal.length > 0 ? restoreText(table, removal) : '';
    })
    .join('');
}

/** The input that withdraws those of the ports that are published as they say. Empty if none is. */
export function portRemovalOf(
  saved: readonly SavedTable[],
  network: string,
  ports: readonly PublishedPort[],
): string {
  const wanted = new Set(ports.map(portTarget));
  return saved
    .map(({ table, lines }) => {
      const theirs = lines.filter((line) => {
        const port = portOfRule(network, line);
        return port !== undefined && wanted.has(portTarget(port));
      });
      const removal = theirs.map((line) => line.replace('-A ', '-D '));
      return removal.length > 0 ? restoreText(table, removal) : '';
    })
    .join('');
}
