import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Inside } from './command';

/** Somebody who can be called: at an address, with the name that it answers with. */
export interface Called {
  readonly netns: Inside;
  readonly address: string;
}

/** One TCP exchange. */
export interface Call {
  readonly from: Inside;
  readonly to: Called;
}

const JUDGE = path.join(__dirname, '../judges/exchange.py');

/** Has all calls of a round made at once, by a process that knows nothing of netloom; returns those of each that failed. */
export async function exchange(rounds: readonly (readonly Call[])[]): Promise<unknown[][]> {
  const place = ({ fd }: Inside): string => `/proc/${process.pid}/fd/${fd}`;
  const called = new Map(rounds.flat().map(({ to }) => [to.netns.fd, to]));
  const task = {
    servers: [...called.values()].map(({ netns }) => [place(netns), String(netns.fd)]),
    rounds: rounds.map((calls) =>
      calls.map(({ from, to }) => [place(from), to.address, String(to.netns.fd)]),
    ),
  };
  const judging = promisify(execFile)('python3', [JUDGE], { maxBuffer: 1 << 28 });
  judging.child.stdin?.end(JSON.stringify(task));
  return JSON.parse((await judging).stdout) as unknown[][];
}

/** Calls from each to so many others, drawn anew in each run, but never to itself. */
export function randomCalls(ends: readonly Called[], froms: readonly Called[]): Call[] {
  return froms.map((from) => {
    const others = ends.filter((end) => end !== from);
    return { from: from.netns, to: others[Math.floor(Math.random() * others.length)] as Called };
  });
}
