import path from 'node:path';
import load from 'node-gyp-build';
import { packageRoot } from '../base/package-root';
import type { Binding } from './contract';

/** The executable that prepares a child process and then becomes its command. It is in the addon's directory. */
export function launcherPath(): string {
  return path.join(path.dirname(load.resolve(packageRoot)), 'launcher');
}

/**
 * Loads the addon: a prebuilt one of the package, or one built from source. The error for a missing addon names the
 * remedy.
 */
export function loadBinding(): Binding {
  try {
    return load(packageRoot) as Binding; // The addon's exports are this interface: the only cast in the library.
  } catch (cause) {
    throw new Error(explainLoadFailure(cause as Error), { cause });
  }
}

function explainLoadFailure(cause: Error): string {
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  const libc = report.header.glibcVersionRuntime;
  const found = `${process.platform}-${process.arch}, ${libc === undefined ? 'musl' : `glibc ${libc}`}, Node.js ${process.version}`;
  return [
    `netloom could not load its native addon on ${found}: ${cause.message.split('\n')[0] ?? ''}`,
    process.platform === 'linux'
      ? `Needed: a prebuilt addon for this system under ${packageRoot}/prebuilds, or a C++20 compiler, make and python3 to build one:`
      : 'netloom needs the Linux kernel: use a Linux machine, container or virtual machine.',
    ...(process.platform === 'linux' ? [`  cd ${packageRoot} && npx node-gyp rebuild`] : []),
  ].join('\n');
}
