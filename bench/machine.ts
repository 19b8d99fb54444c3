import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const WINDOW_MS = 500;
const QUIET_SHARE = 0.1;

/** What all processors have spent since the machine was started, in ticks. */
export interface Ticks {
  readonly busy: number;
  /** What a virtual machine's host gave to others while there was work. */
  readonly stolen: number;
  readonly all: number;
}

export function ticks(): Ticks {
  const [line = ''] = fs.readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const fields = line.split(/\s+/).slice(1, 9).map(Number);
  const all = fields.reduce((sum, value) => sum + value, 0);
  const [, , , idle = 0, waiting = 0, , , stolen = 0] = fields;
  return { busy: all - idle - waiting - stolen, stolen, all };
}

/** The share of the time that there was work for which the host gave to others. */
export function stolenSince(before: Ticks): number {
  const now = ticks();
  const stolen = now.stolen - before.stolen;
  return stolen / Math.max(1, now.busy - before.busy + stolen);
}

/** Waits until the processors are idle but for a tenth, at most so long; returns the share that was busy at last. */
export async function quiet(limitMs: number): Promise<number> {
  const end = performance.now() + limitMs;
  for (;;) {
    const before = ticks();
    await sleep(WINDOW_MS);
    const after = ticks();
    const share = (after.busy - before.busy) / Math.max(1, after.all - before.all);
    if (share <= QUIET_SHARE || performance.now() > end) return share;
  }
}

export interface Machine {
  readonly processors: string;
  readonly memory: string;
  readonly kernel: string;
  readonly node: string;
  readonly system: string;
  readonly commit: string;
  readonly date: string;
}

export function describeMachine(): Machine {
  const cpus = os.cpus();
  const system = /^PRETTY_NAME="(.*)"$/m.exec(fs.readFileSync('/etc/os-release', 'utf8'))?.[1];
  return {
    processors: `${cpus.length} x ${cpus[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    kernel: `Linux ${os.release()}`,
    node: process.version,
    system: system ?? 'unknown',
    commit: commit(),
    date: new Date().toISOString(),
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown'; // a copy without its history
  }
}
