import type { PublishedPort } from '../firewall/published';
import { publishedPorts } from './remove';
import type { Standing } from './setup';

/** A network as the kernel has it. */
export interface NetworkInspection {
  readonly name: string;
  readonly subnet: string;
  readonly gateway: string;
  /** The host's device. */
  readonly device: string;
  readonly lifetime: 'process' | 'persistent';
  readonly nat: boolean;
  readonly mtu: number;
  readonly endpoints: readonly InspectedEndpoint[];
  readonly publications: readonly PublishedPort[];
}

export interface InspectedEndpoint {
  readonly name: string;
  readonly address: string;
  readonly mac: string;
  /** The device inside the namespace. */
  readonly ifname: string;
  /** The bridge's port. */
  readonly port: string;
  /** Whether the port is on the bridge and has a carrier: false once the namespace is gone. */
  readonly connected: boolean;
}

/** Compares what the network knows with the bridge's ports and the firewall's map. */
export async function inspectNetwork(standing: Standing): Promise<NetworkInspection> {
  const { layout, host, hub, bridge, ledger } = standing;
  const { members } = await ledger.read();
  const ports = await hub.rtnl.link.list({ master: bridge });
  const connected = new Set(ports.filter(({ carrier }) => carrier).map(({ ifname }) => ifname));
  return {
    name: layout.name,
    subnet: layout.subnet.text,
    gateway: layout.gateway,
    device: layout.device,
    lifetime: layout.lifetime,
    nat: layout.nat,
    mtu: layout.mtu,
    endpoints: members.map(({ name, address, mac, ifname, port }) => ({
      name,
      address,
      mac,
      ifname,
      port,
      connected: connected.has(port),
    })),
    publications: await publishedPorts(host, layout.name),
  };
}
