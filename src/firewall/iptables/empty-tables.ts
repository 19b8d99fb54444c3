import { firewallOf } from '../client/firewall-of';
import type { OpenNamespace } from '../../nsfs/handle';
import type { Family } from '../../base/ip';
import { NetlinkError } from '../../errors/errors';
import { isUnsupported } from '../nft/unsupported';
import type { FirewallRequest } from '../nft/requests';
import type { Flavour } from './flavour';
import { parseSaved } from './saved';
import type { FirewallChain } from '../nft/ruleset';

/**
 * Removes those of the tables that have only the kernel's own chains, without rules and accepting everything. iptables
 * on nf_tables creates a table with its first rule, leaves it behind, and creates it again if needed.
 */
export async function removeEmptyTables(
  host: OpenNamespace,
  family: Family,
  names: readonly string[],
): Promise<void> {
  try {
    const tables = await firewallOf(host).tables();
    const named = tables.filter((table) => table.family === family && names.includes(table.name));
    if (named.length === 0) return;
    const chains = (await firewallOf(host).chains()).filter((chain) => chain.family === family);
    for (const { name, use } of named) {
      const own = chains.filter(({ table }) => table === name);
      if (use === own.length && own.every(isIdle))
        await firewallOf(host).transaction(removal(family, name, own));
    }
  } catch (error) {
    if (!isUnsupported(error) && !isOvertaken(error)) throw error;
  }
}

/** The missing tables of iptables on nf_tables that an input for iptables-restore refers to. */
export async function missingTables(
  host: OpenNamespace,
  { flavour, family, input }: { flavour: Flavour; family: Family; input: string },
): Promise<string[]> {
  if (flavour === 'iptables-legacy') return [];
  try {
    const there = await firewallOf(host).tables();
    const isThere = (wanted: string): boolean =>
      there.some((table) => table.family === family && table.name === wanted);
    return parseSaved(input)
      .map(({ table }) => table)
      .filter((name) => !isThere(name));
  } catch (error) {
    if (isUnsupported(error)) return [];
    throw error;
  }
}

function isIdle({ hook, policy, use }: FirewallChain): boolean {
  return hook !== undefined && policy === 'accept' && use === 0;
}

// Chain by chain: a chain that has received a rule since fails the whole transaction. Deleting the table alone would
// succeed.
function removal(family: Family, name: string, chains: readonly FirewallChain[]): FirewallRequest[] {
  return [
    ...chains.map((chain): FirewallRequest => ({
      family: 'nftChain',
      verb: 'delete',
      body: { family, table: name, name: chain.name },
    })),
    { family: 'nftTable', verb: 'delete', body: { family, name } },
  ];
}

/** In the meantime, someone else has added a rule or removed the table. */
function isOvertaken(error: unknown): boolean {
  return error instanceof NetlinkError && ['EBUSY', 'ENOENT'].includes(error.code);
}
