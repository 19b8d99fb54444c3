import { rulesOf } from '../../../firewall/choose';
import { deleteUdpConntrack } from '../../../firewall/network/udp-conntrack';
import { deleteTable } from '../../../firewall/network/table/create-table';
import { OWN_FAMILIES, tableName } from '../../../firewall/network/table/network-table';
import { hasLivingProcess } from '../../leases/orphaned-leases';
import { hasUplink, tablesOf } from '../../host/tagged';
import { closeOpenedByRules } from '../../leases/opened-by-rules';
import { releaseRules, rulesLine } from '../../leases/rules';
import { flavourOf } from '../../model/firewall';
import { lifetimeOf } from '../../model/lifetime';
import type { Removal, Resource } from '../definition/resource';

/** A network's rules, with everything that is published by them. */
export const rules: Resource = {
  of: 'whole',

  async find(removal) {
    const { layout, host, name, rules: own, leaving } = removal;
    if (layout === undefined) return named(removal, true);
    const flavour = flavourOf(layout);
    const line = flavour === undefined ? `table ${tableName(name)}` : rulesLine(name, flavour);
    const closing =
      flavour === undefined ? [] : await closeOpenedByRules(host, layout, { leaving, dryRun: true });
    return [...closing, ...((await own.exist()) ? [line] : [])];
  },

  async remove(removal) {
    const { layout, host, isHostGone, name, rules: own, state, leaving, locked } = removal;
    if (layout === undefined) {
      await named(removal, false);
      return;
    }
    const flavour = flavourOf(layout);
    if (!isHostGone) {
      // A device whose lease was lost is named by the rules alone.
      if (flavour !== undefined)
        await locked(() => closeOpenedByRules(host, layout, { leaving, dryRun: false }));
      await own.remove();
      await deleteUdpConntrack(host, state.ports);
    }
    if (flavour !== undefined && lifetimeOf(layout).isOwned) releaseRules(host, name);
  },
};

/** The rules of a network whose record is lost, in every back end, except those of networks that live with a process. */
async function named(removal: Removal, dryRun: boolean): Promise<string[]> {
  return [...(await namedTables(removal, dryRun)), ...(await namedIptables(removal, dryRun))];
}

// The kernel keeps the table of a network that lives with a process for its owner.
async function namedTables({ host, name, kept }: Removal, dryRun: boolean): Promise<string[]> {
  const ours = (await tablesOf(host)).filter((table) => table.name === tableName(name));
  const found: string[] = [];
  for (const family of OWN_FAMILIES) {
    const table = ours.find((one) => one.family === family);
    if (table === undefined) continue;
    if (table.flags?.includes('owner') === true) {
      kept.push(`table ${tableName(name)}: belongs to a running process, and ends with that process`);
      continue;
    }
    if (!dryRun) await host.firewall.transaction(deleteTable(name, family));
    found.push(`table ${tableName(name)}`);
  }
  return found;
}

async function namedIptables({ host, name, leaving, kept }: Removal, dryRun: boolean): Promise<string[]> {
  const found: string[] = [];
  for (const firewall of ['iptables-nft', 'iptables-legacy'] as const) {
    const own = rulesOf(host, { name, firewall });
    // Where the tool is not installed, nobody can have used it.
    if (!(await own.exist().catch(() => false))) continue;
    // The uplink ends with the process, whatever happened to its leases.
    if (hasLivingProcess(String(host.cookie), name) || (await hasUplink(host, name))) {
      kept.push(`${rulesLine(name, firewall)}: belong to a running process`);
      continue;
    }
    found.push(...(await closeOpenedByRules(host, { name, firewall }, { leaving, dryRun })));
    if (!dryRun) await own.remove();
    found.push(rulesLine(name, firewall));
  }
  return found;
}
