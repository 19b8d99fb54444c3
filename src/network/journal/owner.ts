import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import { binding } from '../../executor/run-program';
import type { LockHandle } from '../../native/handles';
import { stateDirectory } from './files/state';
import { bootId } from '../host/boot-id';

/** A process, told apart from every other that there ever was: process ids alone are used again. */
export interface Owner {
  readonly pid: number;
  /** When it started, in clock ticks after boot. */
  readonly startTime: string;
  readonly bootId: string;
  /** The PID namespace in which `pid` counts. */
  readonly pidNamespace: string;
  /**
   * The sign of life that it gives, which the kernel ends with it: a lock on a byte of the journal's directory. It can be told
   * from any PID namespace, and a worker thread has its own. Absent on a file system without such locks.
   */
  readonly life?: Life;
}

export interface Life {
  readonly byte: number;
  /** Device and inode of the directory, which may have been replaced since. */
  readonly place: string;
}

type Known = Omit<Owner, 'life'>;

let own: Known | undefined;
// By directory: who had its path before may hold files that came along, or be used again.
const shown = new Map<string, Life & { readonly handle: LockHandle }>();

/** This process, or this worker thread of it. To be called under the journal's lock. */
export function currentOwner(): Owner {
  own ??= {
    pid: process.pid,
    startTime: startTimeIn('self') ?? '',
    bootId: bootId(),
    pidNamespace: pidNamespace(),
  };
  const life = currentLife();
  return life ? { ...own, life } : own;
}

/**
 * Whether an owner still runs. "Dead" takes a proof: another boot, a process id that nobody has or that started at another
 * time, or a sign of life that ended. Whoever nothing is known of counts as alive.
 */
export function isAlive(owner: Owner): boolean {
  const boot = bootId();
  if (boot !== '' && owner.bootId !== '' && owner.bootId !== boot) return false;
  return !isGoneProcess(owner) && !isEndedLife(owner.life);
}

// A process id says something in its own PID namespace alone.
function isGoneProcess({ pid, startTime, pidNamespace: where }: Owner): boolean {
  if (where === '' || where !== pidNamespace()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  if (!isOwnProc() || startTime === '') return false;
  const started = startTimeIn(String(pid));
  return started !== undefined && started !== startTime;
}

function isEndedLife(life: Life | undefined): boolean {
  if (life === undefined) return false;
  try {
    const { lives, place } = binding.seekLife(stateDirectory(), life.byte);
    return place === life.place && !lives;
  } catch {
    return false;
  }
}

// Anew after somebody replaced the directory: nobody looks for the sign in the old one.
function currentLife(): Life | undefined {
  const directory = stateDirectory();
  try {
    const { dev, ino } = fs.statSync(directory, { bigint: true });
    const place = `${String(dev)}:${String(ino)}`;
    const { byte } = shown.get(place) ?? showLife(directory);
    return { byte, place };
  } catch {
    return undefined;
  }
}

function showLife(directory: string): Life {
  const byte = randomInt(2 ** 47);
  const life = { byte, ...binding.showLife(directory, byte) };
  shown.set(life.place, life);
  return life;
}

/** 'dead' for one that has ended and waits for its parent; undefined if nothing can be known. */
function startTimeIn(process: string): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${process}/stat`, 'utf8');
    // The process's name may hold anything, so that only what follows its last parenthesis can be counted: the state is
    // field 3, the start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'dead' : fields[19];
  } catch {
    return undefined;
  }
}

/** Whether /proc has this PID namespace's numbers: after `unshare --pid` without a new /proc it has others'. */
function isOwnProc(): boolean {
  try {
    return fs.readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

/** '' where that cannot be told. */
function pidNamespace(): string {
  try {
    return fs.readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '';
  }
}
