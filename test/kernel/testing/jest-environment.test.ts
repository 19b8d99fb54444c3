// The judge is Jest: a project of its own, run with the environment and without.
import { jestRun, NETLOOM_ENVIRONMENT, needTools } from '../../support';

needTools('ip');

const ports = '/(one|two)\\.test\\.js$';

describe('two files that listen on port 3000 at the same time', () => {
  test('pass with the environment', async () => {
    const { code, output } = await jestRun(ports, { testEnvironment: NETLOOM_ENVIRONMENT });
    expect(output).toContain('Tests:       2 passed, 2 total');
    expect(code).toBe(0);
  });

  test('pass in worker threads as well', async () => {
    const config = { testEnvironment: NETLOOM_ENVIRONMENT, workerThreads: true };
    const { code, output } = await jestRun(ports, config);
    expect(output).toContain('Tests:       2 passed, 2 total');
    expect(code).toBe(0);
  });

  test('fail without it', async () => {
    const { code, output } = await jestRun(ports, { testEnvironment: 'node' });
    expect(output).toContain('EADDRINUSE');
    expect(output).toMatch(/Tests: {7}1 failed/);
    expect(code).not.toBe(0);
  });
});

test('in one process file follows file, on a network and alone, and every thread is home after', async () => {
  const config = { testEnvironment: NETLOOM_ENVIRONMENT };
  const { code, output } = await jestRun('/(network|alone)\\.test\\.js$', config, ['--runInBand']);
  expect(output).toContain('Tests:       4 passed, 4 total');
  expect(code).toBe(0);
});

test('connections that clients keep alive do not lead from one file to the next', async () => {
  const config = { testEnvironment: NETLOOM_ENVIRONMENT };
  const { code, output } = await jestRun('/keep-[ab]\\.test\\.js$', config, ['--runInBand']);
  expect(output).toContain('Tests:       2 passed, 2 total');
  expect(code).toBe(0);
});
