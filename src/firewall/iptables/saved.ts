import { portTarget, type PublishedPort } from '../network/published-port';
import { chainPrefix, portOfRule, removeChains, restoreText } from './rules';

/** One table in the output of iptables-save. */
export interface SavedTable {
  readonly table: string;
  readonly lines: readonly string[];
}

/** The lines of iptables-save by table, without comments. */
export function parseSaved(text: string): SavedTable[] {
  return text
    .split(/^\*/m)
    .slice(1)
    .map((part) => {
      const [table = '', ...lines] = part.split('\n');
      return { table, lines: lines.filter((line) => line.startsWith(':') || line.startsWith('-A ')) };
    });
}

/** Whether a network has chains in it. */
export function isSaved(saved: readonly SavedTable[], network: string): boolean {
  const start = `:${chainPrefix(network)}`;
  return saved.some(({ lines }) => lines.some((line) => line.startsWith(start)));
}

/**
 * The input for iptables-restore that removes a network's existing chains and all jumps to them, even if others have
 * removed some. Empty if there are none.
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

/** The input that withdraws those of the ports that are published with the same target. Empty if there are none. */
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
