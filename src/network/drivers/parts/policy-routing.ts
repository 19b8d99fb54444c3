import { ClosedError } from '../../../errors/errors';
import { type Family, familyOf } from '../../../base/ip';
import { isNotFound } from '../../../errors/not-found';
import type { NetworkNamespace } from '../../../netns/namespace';
import type { Step } from '../../../plan/spec/step';
import type { RouteAdd, RuleAdd } from '../../../rtnl/types';
import type { AttachedMember } from '../../model/attached-member';
import { addressesOf, type Member } from '../../model/member';
import { ROUTE_PROTOCOL } from '../../host/routes';

/** A route of an endpoint by its only device. */
export type GatewayRoute = Pick<RouteAdd, 'to' | 'via' | 'onlink'>;

/**
 * The steps that route packets from a member's own addresses by a separate table, in which this network's gateway is
 * the default route: replies leave through the network their request arrived on, whatever the main default route is.
 */
export function policySteps(
  member: Member,
  netns: string,
  routesOf: (family: Family) => readonly GatewayRoute[],
): Step[] {
  const { table, ifname: dev, created } = member;
  if (table === undefined) return [];
  return addressesOf(member).flatMap((address): Step[] => [
    // Routes go with their device.
    ...routesOf(familyOf(address)).map((route): Step => ({
      op: 'route.add',
      netns,
      body: { ...route, dev, table },
      undo: 'none',
    })),
    { op: 'rule.add', netns, body: ruleOf(address, table), ...(created && { undo: 'none' }) },
  ]);
}

/**
 * Removes the rules of members from namespaces that stay: rules do not go with a device. Returns a line for each one
 * found.
 */
export async function removePolicies(attached: readonly AttachedMember[], dryRun = false): Promise<string[]> {
  const removed: string[] = [];
  for (const { member, netns } of attached) {
    if (member.table === undefined) continue;
    for (const address of addressesOf(member)) {
      const rule = ruleOf(address, member.table);
      if (await (dryRun ? hasRule(netns, rule) : removeRule(netns, rule)))
        removed.push(`rule from ${address} table ${String(member.table)}`);
    }
  }
  return removed;
}

// The owner may have closed the namespace, or removed the rule.
async function removeRule(netns: NetworkNamespace, rule: RuleAdd): Promise<boolean> {
  try {
    await netns.rtnl.rule.delete(rule);
    return true;
  } catch (error) {
    if (isNotFound(error) || error instanceof ClosedError) return false;
    throw error;
  }
}

async function hasRule(netns: NetworkNamespace, { from, table, protocol }: RuleAdd): Promise<boolean> {
  const rules = await netns.rtnl.rule.list();
  return rules.some((rule) => rule.from === from && rule.table === table && rule.protocol === protocol);
}

function ruleOf(address: string, table: number): RuleAdd {
  const prefix = familyOf(address) === 'ip' ? 32 : 128;
  return { from: `${address}/${String(prefix)}`, table, protocol: ROUTE_PROTOCOL };
}
