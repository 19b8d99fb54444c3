import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import { binding } from '../../executor/run-program';
import type { LockHandle } from '../../native/handles';
import { stateDirectory } from './files/paths';
import { bootId, isOtherBoot } from '../host/identity';

/** The identity of a process, unique over time: process ids alone are reused. */
export interface Owner {
  readonly pid: number;
  /** Its start, in clock ticks after boot. */
  readonly startTime: string;
  readonly bootId: string;
  /** The PID namespace of `pid`. */
  readonly pidNamespace: string;
  /**
   * Its liveness lock, which the kernel ends with the process: on a byte of the journal's directory. It can be
   * read from any PID namespace, and a worker thread has its own. Absent on a file system without such locks.
   */
  readonly life?: LivenessLock;
}

export interface LivenessLock {
  readonly byte: number;
  /** Device and inode of the directory, which may have been replaced since. */
  readonly place: string;
}

type Known = Omit<Owner, 'life'>;

let own: Known | undefined;
// By directory: a former directory at the path may hold files that came along, or be used again.
const taken = new Map<string, LivenessLock & { readonly handle: LockHandle }>();

/** This process, or this worker thread of it. Call it under the journal's lock. */
export function currentOwner(): Owner {
  own ??= {
    pid: process.pid,
    startTime: startTimeIn('self') ?? '',
    bootId: bootId(),
    pidNamespace: pidNamespace(),
  };
  const life = currentLock();
  return life ? { ...own, life } : own;
}

/**
 * Whether an owner still runs. "Dead" requires proof: another boot, an unused process id or one that started at another
 * time, or an released liveness lock. Unknown owners count as alive.
 */
export function isAlive(owner: Owner): boolean {
  if (isOtherBoot(owner.bootId)) return false;
  return !isEndedProcess(owner) && !isReleased(owner.life);
}

// A process id is valid in its own PID namespace only.
function isEndedProcess({ pid, startTime, pidNamespace: where }: Owner): boolean {
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

function isReleased(life: LivenessLock | undefined): boolean {
  if (life === undefined) return false;
  try {
    const { isHeld, place } = binding.readLivenessLock(stateDirectory(), life.byte);
    return place === life.place && !isHeld;
  } catch {
    return false;
  }
}

// Taken again if the directory was replaced: nobody looks at the lock in the old one.
function currentLock(): LivenessLock | undefined {
  const directory = stateDirectory();
  try {
    const { dev, ino } = fs.statSync(directory, { bigint: true });
    const place = `${String(dev)}:${String(ino)}`;
    const { byte } = taken.get(place) ?? takeLock(directory);
    return { byte, place };
  } catch {
    return undefined;
  }
}

function takeLock(directory: string): LivenessLock {
  const byte = randomInt(2 ** 47);
  const life = { byte, ...binding.takeLivenessLock(directory, byte) };
  taken.set(life.place, life);
  return life;
}

/** 'dead' for a process that has ended and waits for its parent; undefined if unknown. */
function startTimeIn(process: string): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${process}/stat`, 'utf8');
    // The process's name may contain anything: fields are counted after its last parenthesis. The state is field 3, the
    // start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'dead' : fields[19];
  } catch {
    return undefined;
  }
}

/** Whether /proc shows this PID namespace's numbers: after `unshare --pid` without a new /proc it shows another's. */
function isOwnProc(): boolean {
  try {
    return fs.readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

/** '' if unknown. */
function pidNamespace(): string {
  try {
    return fs.readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '';
  }
}
