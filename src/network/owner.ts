import fs from 'node:fs';

/** A process, told apart from every other that there ever was: process ids alone are used again. */
export interface Owner {
  readonly pid: number;
  /** When it started, in clock ticks after boot. */
  readonly startTime: string;
  readonly bootId: string;
  /** The PID namespace in which `pid` counts. */
  readonly pidNamespace: string;
}

let own: Owner | undefined;

/** This process. */
export function currentOwner(): Owner {
  own ??= {
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    bootId: bootId(),
    pidNamespace: pidNamespace(),
  };
  return own;
}

/** Whether an owner still runs. Of a process in another PID namespace nothing can be known: it counts as alive. */
export function isAlive(owner: Owner): boolean {
  if (owner.bootId !== bootId()) return false;
  if (owner.pidNamespace !== pidNamespace()) return true;
  return startTimeOf(owner.pid) === owner.startTime;
}

function startTimeOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The process's name may hold anything, so that only what follows its last parenthesis can be counted: the state is
    // field 3, the start time field 22. A zombie is dead.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Tells the machine's runs from each other. */
export function bootId(): string {
  return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function pidNamespace(): string {
  return fs.readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
}
