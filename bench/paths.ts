import path from 'node:path';

/** The repository: this file is in bench/, or in dist-bench/ once compiled. */
export const ROOT = path.join(__dirname, '..');
export const SCRATCH_HOST = path.join(ROOT, 'scripts/scratch-host.sh');

/** A program of this benchmark that is not compiled. */
export const script = (name: string): string => path.join(ROOT, 'bench/peers', name);

/** What bench/Makefile made. */
export const built = (name: string): string => path.join(ROOT, 'out/bench', name);

/** A command for a program of this benchmark in TypeScript. */
export const node = (name: string): string[] => [
  process.execPath,
  path.join(ROOT, 'dist-bench', `${name}.js`),
];
