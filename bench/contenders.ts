import fs from 'node:fs';
import path from 'node:path';
import { built, node, script } from './paths';
import { FLOOR, OURS } from './sample';

/** Who makes N connected namespaces. */
export interface Contender {
  readonly name: string;
  /** `command N SECOND-BYTE-OF-THE-SUBNET words…`, which says CREATE, waits for a line, and says DESTROY. */
  readonly command: readonly string[];
  /** For a further line it does all of it again. */
  readonly repeats?: true;
  readonly words?: readonly string[];
  /** Its bridge in the host, if all of its namespaces are on that. */
  readonly bridge?: string;
  /** Its names under /run/netns are this and the number, from 1; without it, the program says where to look. */
  readonly prefix?: string;
  /** The device inside, for number k; default eth0. */
  readonly device?: (k: number) => string;
  readonly withoutRoute?: boolean;
  /** Each endpoint has a link of its own to a router, and no bridge is there. */
  readonly routed?: true;
  /** Gateway and endpoints are told each other's MAC addresses, so that all of them can talk at once. */
  readonly permanent?: true;
  /** Files that must be there, or commands, and how to get them. */
  readonly needs: readonly string[];
}

const shell = ['ip'];
const python = ['/usr/lib/python3/dist-packages/pyroute2'];
const cni = ['/usr/lib/cni/bridge', '/usr/lib/cni/host-local', '/usr/lib/cni/loopback'];
const netavark = ['/usr/lib/podman/netavark', 'iptables'];
const mininet = ['/usr/lib/python3/dist-packages/mininet', 'mnexec', 'brctl'];
const go = built('go-netlink');
const rust = built('rust-rtnetlink');

/** Its bridge and its names carry its two letters. */
function contender(
  name: string,
  letters: string,
  command: readonly string[],
  needs: readonly string[],
  more: Partial<Contender> = {},
): Contender {
  return { name, command, needs, bridge: `pb${letters}-br`, prefix: `pb-${letters}`, ...more };
}

export const contenders: readonly Contender[] = [
  contender(OURS, 'nl', node('ours'), [], { repeats: true, permanent: true }),
  contender(FLOOR, 'fl', [built('floor')], [], { repeats: true, permanent: true }),
  contender('Go netlink', 'go', [go], [go]),
  contender('Rust rtnetlink', 'rs', [rust], [rust]),
  contender('pyroute2, IPBatch', 'pb', [script('py/pyr.py')], python, { words: ['batch'] }),
  contender('pyroute2, NetNS', 'pn', [script('py/pyr.py')], python, { words: ['nsobj'] }),
  contender('ip -batch', 'ba', [script('shell/batch.sh')], shell),
  contender('ip, a process per step', 'sh', [script('shell/steps.sh')], shell),
  contender('CNI bridge + loopback', 'cn', [script('py/cni.py')], cni),
  contender('netavark, NAT', 'nv', [script('py/nv.py')], netavark),
  contender('netavark, internal', 'ni', [script('py/nv.py')], netavark, {
    words: ['internal'],
    withoutRoute: true,
  }),
  {
    name: 'mininet, Linux bridge',
    command: [script('py/mn.py')],
    needs: mininet,
    bridge: 'pbmn1',
    device: (k) => `pbh${k}-eth0`,
  },
];

/** For numbers that no single bridge holds: anonymous namespaces, each with a link to a router. */
export const contendersBeyond: readonly Contender[] = [
  { name: OURS, command: node('ours'), words: ['routed'], needs: [], routed: true, permanent: true },
  {
    name: FLOOR,
    command: [built('floor')],
    words: ['anonymous', 'routed'],
    needs: [],
    routed: true,
    permanent: true,
  },
];

/** The most ports that one bridge takes. */
export const BRIDGE_PORTS = 1023;

/** Those of the files and commands that are not there. */
export function missing(needs: readonly string[]): string[] {
  const directories = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return needs.filter((need) =>
    need.startsWith('/')
      ? !fs.existsSync(need)
      : !directories.some((directory) => fs.existsSync(path.join(directory, need))),
  );
}
