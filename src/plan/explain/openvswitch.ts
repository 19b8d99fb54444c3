import type { OvsBridgeStep, OvsPortsStep } from '../spec/step';
import type { Tags } from '../../openvswitch/operations';
import { command } from '../../rtnl/commands/words';

/** `ovs-vsctl`, which uses the same database. */
export function ovsBridge({ socket, bridge, datapathType, mac, mtu, tags }: OvsBridgeStep): string {
  const columns = [
    ...(datapathType ? [`datapath_type=${datapathType}`] : []),
    ...(mac === undefined ? [] : [`other_config:hwaddr=${mac}`]),
    ...tagWords(tags),
  ];
  return vsctl(socket, [
    ['add-br', bridge],
    ...(columns.length > 0 ? [['set', 'bridge', bridge, ...columns]] : []),
    ...(mtu === undefined ? [] : [['set', 'interface', bridge, `mtu_request=${String(mtu)}`]]),
  ]);
}

/** All ports in one command, which is one transaction. */
export function ovsPorts({ socket, bridge, ports }: OvsPortsStep): string {
  return vsctl(
    socket,
    ports.flatMap(({ ifname, vlan, tags }) => [
      ['add-port', bridge, ifname, ...(vlan === undefined ? [] : [`tag=${String(vlan)}`])],
      ['set', 'port', ifname, 'other_config:transient=true', ...tagWords(tags)],
    ]),
  );
}

function vsctl(socket: string, commands: readonly (readonly string[])[]): string {
  const words = commands.flatMap((words, index) => (index === 0 ? words : ['--', ...words]));
  return command('ovs-vsctl', `--db=unix:${socket}`, ...words);
}

function tagWords(tags: Tags = {}): string[] {
  return Object.entries(tags).map(([key, value]) => `external_ids:${key}=${value}`);
}
