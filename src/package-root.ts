import path from 'node:path';

/** The package's directory. This file, its compiled form and the bundle that it ends in each lie one level below. */
export const packageRoot = path.resolve(__dirname, '..');
