import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runToEnd, type Ended } from './child';
import { needTools } from './require';

const FAULTS = path.join(__dirname, '..', 'faults');

/** Builds the injector of the fault tests into a directory; answers what runs a program under it, to its end. */
export function injectorIn(directory: string): (program: string, args: readonly string[]) => Promise<Ended> {
  needTools('cc');
  const library = path.join(directory, 'injector.so');
  const source = path.join(FAULTS, 'injector.c');
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl'], { stdio: 'inherit' });
  return async (program, args) => {
    const page = path.join(directory, 'page');
    // As large as the injector's mapping of it.
    fs.writeFileSync(page, Buffer.alloc(4096));
    const preload = [process.env['NETLOOM_SANITIZER'], library].filter(Boolean).join(' ');
    const file = path.join(__dirname, '..', 'programs', `${program}.js`);
    const env = ['env', `LD_PRELOAD=${preload}`, `NETLOOM_FAULT_PAGE=${page}`];
    return runToEnd([...env, process.execPath, file, page, ...args]);
  };
}
