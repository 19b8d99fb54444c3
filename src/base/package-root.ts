import fs from 'node:fs';
import path from 'node:path';

function nearestPackage(directory: string): string {
  if (fs.existsSync(path.join(directory, 'package.json'))) return directory;
  return nearestPackage(path.dirname(directory));
}

/** The package's directory, from wherever this file is: among the compiled modules, or in the bundle. */
export const packageRoot = nearestPackage(__dirname);
