import fs from 'node:fs';
import path from 'node:path';

/**
 * The package's directory. Searched for, because the sources, the compiled files and the bundle are at different
 * depths.
 */
export const packageRoot = nearestPackage(__dirname);

function nearestPackage(directory: string): string {
  const parent = path.dirname(directory);
  if (parent === directory || fs.existsSync(path.join(directory, 'package.json'))) return directory;
  return nearestPackage(parent);
}
