import Table from 'cli-table3';
import type { Network } from 'netloom';
import { HOST_ADDRESS, INTERNET_ADDRESS } from './scene';

/** The times of the operations, in order. */
export class Stopwatch {
  readonly #rows: [string, number][] = [];

  async time<T>(phase: string, body: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await body();
    } finally {
      this.#rows.push([phase, performance.now() - began]);
    }
  }

  toString(): string {
    const table = new Table({
      head: ['phase', 'ms'],
      colAligns: ['left', 'right'],
      style: { head: [], border: [] },
    });
    table.push(...this.#rows.map(([phase, ms]) => [phase, ms.toFixed(1)]));
    return table.toString();
  }
}

/** The existing objects, read from the kernel. */
export async function diagram(network: Network): Promise<string> {
  const { default: treeify } = await import('object-treeify');
  const { device, gateway, subnet, endpoints, publications } = await network.inspect();
  const ports = publications.map(
    ({ hostAddress, hostPort, protocol, address, port }) =>
      [
        `${hostAddress}:${String(hostPort)}/${protocol} is forwarded to ${address}:${String(port)}`,
        null,
      ] as const,
  );
  const members = endpoints.map(
    ({ name, ifname, address, mac, connected }) =>
      [`${name}: ${ifname} ${address} ${mac}${connected ? '' : ' (not connected)'}`, null] as const,
  );
  return treeify({
    [`internet: lan0 ${INTERNET_ADDRESS}`]: {
      [`host: wan0 ${HOST_ADDRESS}`]: {
        [`nf_tables: masquerades ${subnet}`]: Object.fromEntries(ports),
        [`${device} ${gateway}, the gateway`]: {
          'bridge br0 in the switch namespace': Object.fromEntries(members),
        },
      },
    },
  });
}
