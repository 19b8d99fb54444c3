import { contenders, contendersBeyond } from './contenders';
import { built, node } from './paths';
import { FLOOR, OURS } from './sample';
import type { Scale } from './scale';

/** What is measured in one scratch host. */
export interface Turn {
  readonly contender: string;
  readonly n: number;
  readonly command: readonly string[];
  /** How often a round has it. */
  readonly times: number;
  /** Files and commands without which it is skipped. */
  readonly needs: readonly string[];
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly turns: (scale: Scale) => Turn[];
}

/** So few namespaces that a single disturbance of the machine shows in their times. */
const FEW = 100;
/** Whose times are close together at every number that one bridge holds. */
const CLOSE: readonly string[] = [OURS, FLOOR];

/** Single calls first: they take minutes, the volumes most of an hour. */
export const workloads: readonly Workload[] = [
  {
    name: 'latency',
    title: 'One namespace after another is attached',
    turns: ({ few, takesOfClose: times }) => each('latency', few, { [OURS]: [], [FLOOR]: [] }, times),
  },
  {
    name: 'pool',
    title: 'A ready-made endpoint is handed out',
    turns: ({ few }) => each('pool', few, { [OURS]: [] }),
  },
  {
    name: 'load',
    title: 'What attachMany costs its process',
    turns: ({ many }) => each('load', many, { [OURS]: [] }),
  },
  { name: 'publish', title: 'Ports are published', turns: publish },
  {
    name: 'dump',
    title: 'All links are read',
    turns: ({ many, takesOfClose: times }) => {
      const needs = {
        ...{ [OURS]: [], [FLOOR]: [], 'ip -j link': [] },
        'Go netlink': [built('go-netlink')],
        'Rust rtnetlink': [built('rust-rtnetlink')],
        pyroute2: ['/usr/lib/python3/dist-packages/pyroute2'],
      };
      return each('dump', many, needs, times);
    },
  },
  {
    name: 'monitor',
    title: 'Changes are heard, none of them lost',
    turns: ({ many }) => each('monitor', many * 20, { [OURS]: [], 'ip monitor': [] }),
  },
  {
    name: 'spawn',
    title: 'A process is started, and ends',
    turns: ({ few }) => each('spawn', few, { [OURS]: [], 'child_process.spawn': [] }),
  },
  { name: 'volume', title: 'Connected namespaces are made and removed', turns: volume },
];

function publish({ many, slowPublishers }: Scale): Turn[] {
  const nft = ['nft'];
  const iptables = ['iptables-nft', 'iptables-legacy'];
  return each('publish', many, {
    ...{ [OURS]: nft, 'nft-map': nft, 'nft-batch': nft },
    ...{ 'restore-nft': iptables, 'restore-legacy': iptables },
    ...(slowPublishers && { 'ipt-nft': iptables, 'ipt-legacy': iptables }),
  });
}

function volume({ all, ours, takesOfClose }: Scale): Turn[] {
  const timesOf = (name: string, n: number): number => (n <= FEW || CLOSE.includes(name) ? takesOfClose : 1);
  return [
    ...all.flatMap((n) =>
      contenders.map(({ name, needs }) => turnOf('volume', name, n, needs, timesOf(name, n))),
    ),
    ...ours.flatMap((n) => contendersBeyond.map(({ name, needs }) => turnOf('volume', name, n, needs))),
  ];
}

/** A turn for each contender, by the program of the workload in turns/. */
function each(
  program: string,
  n: number,
  needs: Readonly<Record<string, readonly string[]>>,
  times?: number,
): Turn[] {
  return Object.entries(needs).map(([contender, files]) => turnOf(program, contender, n, files, times));
}

function turnOf(program: string, contender: string, n: number, needs: readonly string[], times = 1): Turn {
  return { contender, n, times, needs, command: [...node(`turns/${program}`), contender, String(n)] };
}
