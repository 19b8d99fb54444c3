import { deadlineFor, plug, unplug } from '../../openvswitch/switch';
import { tagWords, vsctl } from '../explain/openvswitch';
import type { OvsPortsStep } from '../spec/step';
import { placeholder, type StepHandler } from './handler';

export const ovsPorts: StepHandler<OvsPortsStep> = {
  fields: { netns: 'any', socket: 'string', bridge: 'string', ports: 'any' },
  compile: placeholder,
  explain: (step) => [addPorts(step)],
  describe: ({ bridge }) => ({ object: bridge }),
  outside: {
    when: 'after',
    async run({ op, netns, socket, bridge, ports }, { index, onUndo }) {
      await plug({ operation: op, netns, socket, step: index }, bridge, ports);
      onUndo(() => unplug({ operation: op, netns, socket }, bridge, ports));
    },
    deadlineMs: ({ ports }) => deadlineFor(ports.length),
  },
};

/** All ports in one command, which is one transaction. */
function addPorts({ socket, bridge, ports }: OvsPortsStep): string {
  return vsctl(
    socket,
    ports.flatMap(({ ifname, vlan, tags }) => [
      ['add-port', bridge, ifname, ...(vlan === undefined ? [] : [`tag=${String(vlan)}`])],
      ['set', 'port', ifname, 'other_config:transient=true', ...tagWords(tags)],
    ]),
  );
}
