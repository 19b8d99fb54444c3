import os from 'node:os';

/**
 * What is newer than the oldest kernel that is tested, Debian 12's: kinds of links and rows of the tables, and the Linux
 * that brought them. Older ones have no such kind and pass such a row over.
 */
const since: Readonly<Record<string, string>> = {
  netkit: '6.7',
  'bond.broadcastNeigh': '6.17',
  'bridge.fdbMaxLearned': '6.7',
  'bridgePort.backupNhid': '6.6',
  'bridgePort.mab': '6.2',
  'bridgePort.mcastMaxGroups': '6.3',
  'bridgePort.neighVlanSuppress': '6.4',
  'geneve.portRange': '6.15',
  'link.groIpv4MaxSize': '6.3',
  'link.gsoIpv4MaxSize': '6.3',
  'macvlan.bcCutoff': '6.4',
  'macvtap.bcCutoff': '6.4',
  'nexthop.hwStatsEnable': '6.9',
  'nexthop.opFlags': '6.9',
  'route.flowlabel': '6.14',
  'rule.dportMask': '6.15',
  'rule.dscp': '6.12',
  'rule.dscpMask': '6.15',
  'rule.flowlabel': '6.14',
  'rule.flowlabelMask': '6.14',
  'rule.sportMask': '6.15',
  'vxlan.labelPolicy': '6.7',
  'vxlan.localbypass': '6.5',
  'vxlan.mcRoute': '6.17',
  'vxlan.reservedBits': '6.14',
};

const older = (version: string): boolean => os.release().localeCompare(version, 'en', { numeric: true }) < 0;

/** What of it the running kernel is too old for. */
export const newerThanKernel: readonly string[] = Object.keys(since).filter((name) =>
  older(since[name] ?? ''),
);

/** A test that is skipped, by name, on kernels older than what it judges. */
export function testSince(version: string, name: string, body: () => Promise<void>): void {
  if (older(version)) test.skip(`${name} (since Linux ${version})`, body);
  else test(name, body);
}
