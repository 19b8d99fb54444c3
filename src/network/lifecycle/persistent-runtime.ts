import { ignoringNotFound } from '../../errors/not-found';
import { rulesOf } from '../../firewall/choose';
import type { NetworkNamespace } from '../../netns/namespace';
import { readLink } from '../host/links';
import { isDevice } from '../host/devices';
import { JournalLedger } from '../journal/ledger';
import { driverOf } from '../drivers';
import { flavourOf } from '../model/firewall';
import type { Layout } from '../model/layout';
import { RulesGuard } from '../rules/rules-guard';
import type { NetworkRuntime } from '../runtime/runtime';
import { AttachParts } from '../steps/attach-parts';

export function persistentRuntime(host: NetworkNamespace, layout: Layout, bridge: number): NetworkRuntime {
  const ledger = new JournalLedger(String(host.cookie), layout);
  // The tool of iptables has nothing to watch.
  const isGuarded = flavourOf(layout) === undefined && driverOf(layout).hasRules;
  const parts = new AttachParts(layout, bridge, bridge);
  return {
    ...{ layout, host, hub: host, bridge, device: bridge, parts, ledger, rules: rulesOf(host, layout) },
    ...(isGuarded && { guard: new RulesGuard(host, layout) }),
  };
}

// A foreign device may have the name by now.
export async function bridgeIndex(host: NetworkNamespace, layout: Layout): Promise<number> {
  const link = await ignoringNotFound(readLink(host, layout.device));
  return link && isDevice(driverOf(layout).hostDevice(layout), link) ? link.index : 0;
}
