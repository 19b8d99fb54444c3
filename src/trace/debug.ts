import type * as Print from './print';

const wanted = process.env['NETLOOM_DEBUG'];

if (wanted !== undefined && wanted !== '') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- Loaded only when the variable is set.
  const { printTrace } = require('./print') as typeof Print;
  printTrace(wanted);
}
